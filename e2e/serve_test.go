package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const bootstrapKey = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// A container that starts with a known tenant and key, as often as it starts.
func TestBootstrapTenantIsThereFromTheStart(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, []byte(bootstrapKey+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, "COUNTERSIGN_BOOTSTRAP_TENANT=ci", "COUNTERSIGN_BOOTSTRAP_SANDBOX=true",
			"COUNTERSIGN_BOOTSTRAP_API_KEY_FILE="+file)
		for _, id := range []string{"ada", "grace"} {
			h := host{s.serve(t), bootstrapKey}
			h.putUser(t, id)
			begun := h.call(t, "POST", "/v1/users/"+id+"/factors", `{"type":"totp"}`).must(201)
			shown := h.call(t, "GET", "/v1/sandbox/users/"+id+"/code", "").must(200)
			h.call(t, "POST", "/v1/users/"+id+"/factors/"+begun.get("factor_id")+"/confirm",
				codes(shown.get("previous"), shown.get("code"))).must(200)
			h.as("a"+bootstrapKey[1:]).call(t, "GET", "/v1/users", "").refused(401, "credential_invalid")
			h.stop()
			if strings.Contains(h.log.String(), bootstrapKey) {
				t.Errorf("the bootstrap key is in the log:\n%s", h.log)
			}
		}
	})
}

func TestAStartWithARevokedBootstrapKeyServesAndWarns(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	start := func(key string) host {
		started := s
		started.env = append(slices.Clone(s.env), "COUNTERSIGN_BOOTSTRAP_TENANT=ci", "COUNTERSIGN_BOOTSTRAP_API_KEY="+key)
		return host{started.serve(t), key}
	}
	next := bootstrapKey[8:] + "01234567"
	start(bootstrapKey).stop()
	start(next).stop()
	h := start(bootstrapKey)
	h.call(t, "GET", "/v1/users", "").refused(401, "credential_invalid")
	h.as(next).call(t, "GET", "/v1/users", "").must(200)
	if log := h.log.String(); !strings.Contains(log, "the bootstrap key is revoked and stays so") || strings.Contains(log, bootstrapKey) {
		t.Errorf("the log says\n%s", log)
	}
}

func TestAnIssuerOfPlainHTTPIsWarnedOfAtTheStart(t *testing.T) {
	t.Parallel()
	for issuer, warned := range map[string]bool{"http://2fa.example.com": true, "https://2fa.example.com": false} {
		s := onSQLite(t)
		s.env = append(s.env, "COUNTERSIGN_ISSUER="+issuer)
		if log := s.serve(t).log.String(); strings.Contains(log, "set COUNTERSIGN_ISSUER to the https URL") != warned {
			t.Errorf("%s: the log says\n%s", issuer, log)
		}
	}
}

// serve migrates PostgreSQL when it is told to, the keyset given.
func TestServeMigratesWhenTold(t *testing.T) {
	t.Parallel()
	installed := onPostgreSQL(t)
	fresh := onPostgreSQLWithKeysetAlone(t)
	fresh.env = append(fresh.env, "COUNTERSIGN_MIGRATE=true")
	for _, s := range []site{installed, fresh} {
		h := host{s.serve(t), s.createTenant(t, "acme")}
		h.putUser(t, "ada")
	}
}

func TestHealthcheckTellsReadyFromGone(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	replica := s.serve(t)
	address := strings.TrimPrefix(replica.url, "http://")
	if got := s.command(t, "healthcheck", "--addr", address); got != "ready" {
		t.Errorf("healthcheck printed %q", got)
	}
	replica.stop()
	s.fails(t, "healthcheck", "--addr", address)
}

// The log is JSON, one object a line, with request ids; stdout stays empty.
func TestLogIsJSONWithRequestIDs(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	h := host{s.serve(t), s.createTenant(t, "acme")}
	h.call(t, "GET", "/v1/users/sentinel-id", "").must(404)
	h.stop()
	if printed := h.stdout.String(); printed != "" {
		t.Errorf("serve printed %q", printed)
	}
	identified := false
	for line := range strings.Lines(h.log.String()) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] == nil || entry["level"] == nil {
			t.Errorf("not a line of the log: %s", line)
		}
		identified = identified || entry["request_id"] != nil && entry["route"] == "/v1/users/:user_id"
	}
	if !identified || strings.Contains(h.log.String(), "sentinel-id") {
		t.Errorf("the request is not logged by its id and route alone:\n%s", h.log)
	}
}

// The documentation comes from this server alone.
func TestDocsAreServed(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	replica := s.serve(t, "--dev")
	page := curl(t, "", "GET", replica.url+"/docs", "").must(200).text
	assets := regexp.MustCompile(`<(?:script|link)[^>]* (?:src|href)="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(assets) < 3 {
		t.Errorf("the page has %d assets:\n%s", len(assets), page)
	}
	for _, asset := range assets {
		if !strings.HasPrefix(asset[1], "docs/") {
			t.Errorf("the page asks elsewhere: %s", asset[1])
			continue
		}
		curl(t, "", "GET", replica.url+"/"+asset[1], "", "-o", os.DevNull).must(200)
	}
	contract, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if served := curl(t, "", "GET", replica.url+"/openapi.yaml", "").must(200).text; served != strings.TrimSpace(string(contract)) {
		t.Error("/openapi.yaml is not openapi.yaml")
	}
	metrics := curl(t, "", "GET", replica.url+"/metrics", "").must(200).text
	for _, name := range []string{
		"countersign_build_info{", `go_sql_in_use_connections{db_name="main"}`, `countersign_in_flight_requests{class="calls"}`,
	} {
		if !strings.Contains(metrics, name) {
			t.Errorf("/metrics does not tell %s", name)
		}
	}
	curl(t, "", "GET", replica.url+"/", "").must(302)
}

// The break-glass command works beside a running server, and is audited.
func TestResetSendsAUserToEnroll(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		h := host{s.serve(t), s.createTenant(t, "acme")}
		p, recovery := h.enroll(t, "ada")
		s.command(t, "user", "reset", "acme", "ada", "--reason", "phone and codes lost")
		h.decide(t, "ada", "enroll", "reset")
		h.verify(t, "ada", code(p.code(1))).refused(409, "not_enrolled")
		h.verify(t, "ada", `{"recovery_code":"`+recovery[0]+`"}`).refused(409, "not_enrolled")
		events := h.call(t, "GET", "/v1/audit-events?action=user.reset", "").must(200).text
		if !strings.Contains(events, "phone and codes lost") || !strings.Contains(events, `"operator"`) {
			t.Errorf("the audit trail says %s", events)
		}
	})
}
