# What the targets need and the machine lacks, the targets install: Go tools into ./.bin, pinned; Debian's
# packages where there is root and apt-get. `make run` needs Go alone.

SHELL         := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 30s
# What `make test` hands to go test besides its own flags, as in: make test TESTFLAGS='-v -run Spend'
TESTFLAGS ?=
PACKAGES  ?= ./...
IMAGE     ?= countersign:$(VERSION)

BIN           := $(CURDIR)/bin/countersign
TOOLS         := $(CURDIR)/.bin
WITH_POSTGRES := $(TOOLS)/with-postgres

GOLANGCI_VERSION    := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
GOLANGCI            := $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION)

# The product never needs cgo; the race detector of `make test` does. All that is without it has the same flags, so that
# what two programs share is compiled once. timetzdata: the image has no time zone database.
NOCGO    := CGO_ENABLED=0 GOFLAGS='$(strip $(shell go env GOFLAGS) -trimpath -tags=timetzdata)'
GO_NOCGO := $(NOCGO) go
BUILDFLAGS := -ldflags '-s -w -X main.version=$(VERSION)'

##@ Use
.PHONY: run demo build image image-prebuilt

run: build ## build and start in development mode, on an SQLite file under ./data
	$(BIN) serve --dev

# examples/host is a module of its own, as a host of yours is.
HOST     := examples/host
HOST_BIN := $(CURDIR)/bin/host

demo: build build-host ## a product in front of Countersign, with a tour of all it does and no phone needed
	bin/demo -countersign '$(BIN)' -host '$(HOST_BIN)'

build: ## build bin/countersign, static and without cgo
	$(GO_NOCGO) build $(BUILDFLAGS) -o $(BIN) ./cmd/countersign

build-host:
	$(GO_NOCGO) -C $(HOST) build -o '$(CURDIR)/bin/' ./...

image: ## build the container image with docker, podman or buildah
	scripts/image.sh '$(IMAGE)' '$(VERSION)' final

image-prebuilt: build ## the same around bin/countersign as built here, without pulling anything
	mkdir -p bin/data
	cp /etc/ssl/certs/ca-certificates.crt bin/
	scripts/image.sh '$(IMAGE)' '$(VERSION)' prebuilt

##@ Check
.PHONY: test test-browser test-client test-typescript test-e2e lint verify vuln

# SQLite and its malloc are C that was translated to Go: to watch their memory accesses doubles the time of the tests that
# use them, and says nothing about ours; what they lock, they lock by sync, which is watched. The others compute: hashes,
# which prove a password at each connection to PostgreSQL, and what goes over it. None belongs here that uses sync/atomic or
# sync.Map: their generic methods, compiled with it, may serve the whole program, which then seems to race.
RACE := -race $(foreach package,modernc.org/sqlite/lib modernc.org/libc modernc.org/memory \
	github.com/jackc/pgx/v5/pgproto3 github.com/jackc/pgx/v5/pgtype golang.org/x/crypto/scrypt crypto/pbkdf2 \
	$(addprefix crypto/internal/fips140/,pbkdf2 hmac sha256 sha512),-gcflags=$(package)=-race=false)
# At its end each of 70 programs would wait a second for races of goroutines that it left behind. And it collects garbage
# when that is four times what is in use: a tenth less of the processors.
BRIEFLY := GORACE=atexit_sleep_ms=50 GOGC=400
# No debugger reads these programs, and to link 70 of them without its tables takes a third less. `make lint` vets.
LEAN := -ldflags=-w -vet=off

# clients/go is a module of its own, which "./..." leaves out. It knows the service as a binary, of whose changes
# the go command knows nothing: hence -count=1.
CLIENT      := clients/go
TEST_CLIENT  = $(BRIEFLY) COUNTERSIGN_TEST_BINARY='$(BIN)' go -C $(CLIENT) test $(RACE) $(LEAN) -count=1 -timeout 20m $(TESTFLAGS) ./...

# What runs as it is shipped, out of $(BIN), the race detector does not watch: scripts, the clients, the proofs. For that
# cmd/countersign has a test that serves within itself.
test: test-tools with-postgres build ## every test, on SQLite and a real PostgreSQL, with -race, end to end too
	$(WITH_POSTGRES) -- env $(BRIEFLY) COUNTERSIGN_TEST_BINARY='$(BIN)' go test $(RACE) $(LEAN) -timeout 20m $(TESTFLAGS) $(PACKAGES)
	$(if $(filter ./...,$(PACKAGES)),$(TEST_CLIENT))
	$(if $(filter ./...,$(PACKAGES)),$(BRIEFLY) go -C $(HOST) test $(RACE) $(LEAN) -timeout 5m ./...)

test-client: test-tools build ## the tests of clients/go alone, against the built binary
	$(TEST_CLIENT)

# The screens, the client and a whole host, as people meet them, in /usr/bin/chromium-headless-shell, or in what CHROMIUM names.
# They may share the processors: make -j2 test-browser
test-browser: test-screens test-host test-typescript ## the screens and the host in a real browser, and clients/typescript

.PHONY: test-screens test-host built-for-browsers
test-screens: built-for-browsers
	cd web && BINARY='$(BIN)' npm test

test-host: built-for-browsers
	cd $(HOST) && BINARY='$(BIN)' HOST_BINARY='$(HOST_BIN)' DEMO_BINARY='$(CURDIR)/bin/demo' npm test

test-typescript: built-for-browsers ## the tests of clients/typescript, with Node 20 or later and Chromium
	cd clients/typescript && COUNTERSIGN_TEST_BINARY='$(BIN)' npm test

# Which files of the screens are served is decided by the build, so that they are made before it.
built-for-browsers: test-browser-tools
	$(GO_NOCGO) generate ./web
	$(MAKE) build build-host

test-e2e: test-tools with-postgres build ## the built binary with curl, oathtool and zbarimg alone
	$(WITH_POSTGRES) -- env COUNTERSIGN_TEST_BINARY='$(BIN)' go test -count=1 -timeout 20m $(TESTFLAGS) ./e2e/...

lint: $(GOLANGCI) ## golangci-lint, formatting included
	$(NOCGO) $(GOLANGCI) run ./...
	cd $(CLIENT) && $(NOCGO) $(GOLANGCI) run ./...
	cd $(HOST) && $(NOCGO) $(GOLANGCI) run ./...
	cd tools && $(NOCGO) $(GOLANGCI) run ./...

verify: ## generated code is fresh, openapi.yaml is valid, go.mod is tidy
	$(NOCGO) scripts/verify-generated.sh
	$(GO_NOCGO) test -count=1 .
	$(GO_NOCGO) -C tools test ./...
	go mod tidy -diff
	go -C tools mod tidy -diff
	go -C $(CLIENT) mod tidy -diff
	go -C $(HOST) mod tidy -diff

vuln: ## known vulnerabilities, by the database online; never fails the build
	-$(GO_NOCGO) run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...

##@ Prove
.PHONY: prove prove-disk prove-operation mutants

# Each long run ends at its target (10,000 histories, 20,000 races, 1,000 crashes, ...) or after DURATION.
DURATION ?= 30m

prove: with-postgres ## the long runs: histories, races, guesses, crashes, events, cut connections, policy (DURATION=30m each, RUN=regexp)
	DURATION=$(DURATION) go test -count=1 -timeout 0 -v -run '$(or $(RUN),.)' ./proofs
	COUNTERSIGN_WALK_STEPS=1000000 COUNTERSIGN_WALK_POSTGRES_STEPS=100000 COUNTERSIGN_CLOCK_STEPS=100000 \
		COUNTERSIGN_WALK_FOR=$(DURATION) $(WITH_POSTGRES) -- \
		go test -count=1 -timeout 0 -v -run '$(or $(RUN),RandomWalk)' ./service
	DURATION=$(DURATION) $(WITH_POSTGRES) -- go test -count=1 -timeout 0 -v -run '$(or $(RUN),EveryFilterOfTheTrail)' ./repository

prove-disk: ## a full disk under PostgreSQL, and under SQLite; mounts a small tmpfs, so it needs root
	DURATION=$(DURATION) go test -count=1 -tags prove_disk -timeout 0 -v -run 'TheDiskIsFull|TheDiskOfSQLite' ./proofs

# What an earlier version serves has to go on while this one migrates: the one before the second migration, or another.
EARLIER ?= $(shell git log --diff-filter=A --format=%H -- 'repository/migrations/postgres/00002_*.sql' | tail -n 1)^

prove-operation: build ## a trial of operation: standbys, pgbouncer, upgrades, outages, what is ready meanwhile (5 min)
	scripts/test-tools.sh operation
	scripts/build-at.sh '$(EARLIER)' '$(TOOLS)/countersign-earlier'
	COUNTERSIGN_TEST_BINARY='$(BIN)' COUNTERSIGN_TEST_EARLIER_BINARY='$(TOOLS)/countersign-earlier' \
		go test -count=1 -tags prove_operation -timeout 30m -v $(if $(RUN),-run '$(RUN)') ./proofs/operation

mutants: with-postgres ## break the code on purpose, one guard at a time: a test must fail for each (RUN=regexp for some)
	$(WITH_POSTGRES) -- go run ./internal/mutants $(if $(RUN),-run '$(RUN)')

##@ Measure
.PHONY: bench bench-scale bench-neighbours bench-prune bench-compare bench-publish bench-micro

BENCH = $(TOOLS)/bench

bench: build bench-tool ## a whole installation under load, beside pgbench and a plain handler; for a slice see docs/performance.md (10 GB of disk, an hour)
	$(BENCH)

bench-scale: build bench-tool ## the same with 10 million users: what grows with a tenant (40 GB of disk, an hour)
	USERS='$(or $(USERS),10000,1000000,10000000)' $(BENCH) --name bench-scale \
		--scope 'pgbench|verify/postgresql|^list|policy-preview'

bench-neighbours: build bench-tool ## what a tenant feels of another, of 10 million audit events too; BEFORE=commit for that one (10 GB, 12 min)
	$(if $(BEFORE),scripts/build-at.sh '$(BEFORE)' '$(TOOLS)/countersign-before')
	$(if $(BEFORE),BINARY='$(TOOLS)/countersign-before') $(BENCH) --name 'bench-neighbours$(if $(BEFORE),-before)' --scope '^(audit|fairness)'

bench-prune: build bench-tool ## what verifications feel while half of 10 million audit events is pruned (10 GB, 30 min)
	ROUNDS="$${ROUNDS:-1}" DURATION="$${DURATION:-600s}" $(BENCH) --scope '^audit-prune'

BASE ?= HEAD

bench-compare: build bench-tool ## what is here against BASE, a commit (HEAD), in alternating slices (5 min)
	scripts/build-at.sh '$(BASE)' '$(TOOLS)/countersign-base'
	$(BENCH) compare '$(TOOLS)/countersign-base'

bench-publish: bench-tool ## put kept results into docs/performance.md
	$(BENCH) publish

bench-micro: with-postgres ## the Go benchmarks
	$(WITH_POSTGRES) -- $(GO_NOCGO) test -run '^$$' -bench . -benchmem $(TESTFLAGS) $(PACKAGES)

##@ Develop
.PHONY: generate fmt fuzz clean

generate: ## write the generated code anew
	$(GO_NOCGO) generate ./...
	$(GO_NOCGO) -C $(CLIENT) generate ./...

fmt: $(GOLANGCI) ## format as `make lint` wants it
	$(GOLANGCI) fmt ./...
	cd $(CLIENT) && $(GOLANGCI) fmt ./...
	cd $(HOST) && $(GOLANGCI) fmt ./...

fuzz: ## every fuzz target for FUZZTIME (30s) each
	scripts/fuzz.sh '$(FUZZTIME)'

clean: ## remove what was built, tools included; ./data stays
	rm -rf bin .bin

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## "; printf "usage: make TARGET [VARIABLE=value ...]\n" } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z0-9-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build-host test-tools test-browser-tools with-postgres bench-tool
test-tools:
	scripts/test-tools.sh

# What npm installed is older than package-lock.json where that has changed since.
test-browser-tools:
	scripts/test-tools.sh browser
	for dir in web clients/typescript; do cd "$(CURDIR)/$$dir"; \
		test node_modules/.package-lock.json -nt package-lock.json || npm ci --no-audit --no-fund || exit; done

# Built rather than run by `go run`, which would not pass signals on.
with-postgres:
	$(GO_NOCGO) build -o $(WITH_POSTGRES) ./internal/pgtest/cmd/with-postgres

bench-tool:
	$(GO_NOCGO) build -o $(BENCH) ./bench

$(GOLANGCI):
	@echo 'building golangci-lint $(GOLANGCI_VERSION) into .bin (once; about two minutes)'
	GOBIN='$(TOOLS)' $(GO_NOCGO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv '$(TOOLS)/golangci-lint' '$@'
