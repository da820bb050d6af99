#!/usr/bin/env bash
# Fails when `go generate` changes, adds or removes any file. It compares with the files as they were, not
# with the last commit, so that it can be run before a commit as well as on a fresh clone.
set -euo pipefail
cd "$(dirname "$0")/.."

sums() { git ls-files -coz --exclude-standard | xargs -0 sha256sum 2>/dev/null || true; }

export CGO_ENABLED=0
before=$(sums)
go generate ./...
go -C clients/go generate ./...
after=$(sums)

if [ "$before" != "$after" ]; then
	echo 'verify: generated files were stale; they are written anew now, commit them:' >&2
	diff <(echo "$before") <(echo "$after") | sed -n 's/^[<>] [0-9a-f]*  /  /p' | sort -u >&2
	exit 1
fi
echo 'verify: generated files are fresh'
