package operation

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/proofs/site"
)

// TestAKeysetThatLacksTheDatabasesNewestKeyIsNotReady adds a key to the keyset of one replica, which encrypts from then
// on. A replica with the keyset as it was can read nothing of it: neither who is enrolled there, nor, once keys were
// rotated, a key that signs.
func TestAKeysetThatLacksTheDatabasesNewestKeyIsNotReady(t *testing.T) {
	t.Parallel()
	s := site.New(t, site.Options{})
	alice := enrolled(t, s.Client(0), "alice")
	old := watched(t, s, 0)
	old.is(http.StatusOK, noticed)

	if err := s.NewReplica(s.DatabaseURL, "COUNTERSIGN_KEYSET="+grownKeyset(t, s)).Start(); err != nil {
		t.Fatal(err)
	}
	newer := watched(t, s, 1)
	t.Logf("the replica with the newer key is ready after %v", newer.is(http.StatusOK, noticed))
	bob := enrolled(t, s.Client(1), "bob")
	t.Logf("the one without it is not ready after %v more", old.is(http.StatusServiceUnavailable, noticed))
	if !strings.Contains(old.now().body, "keyset") {
		t.Errorf("/readyz does not say that it is the keyset: %s", old.now().body)
	}
	lacksKey(t, "the code of somebody enrolled under it", bob.next().send(t.Context(), s.Client(0)))
	readableByAll(t, s)
	if log := s.Replicas[0].Log(); !strings.Contains(log, "keyset") || !strings.Contains(log, "COUNTERSIGN_KEYSET") {
		t.Errorf("the log does not say what to do:\n%s", log)
	}
	alice.logsIn(t, s.Client(1))
	bob.logsIn(t, s.Client(1))
	newer.stays(http.StatusOK, noticed/5)
	startsNotWithout(t, s)
}

// readableByAll has somebody enroll at a replica that lacks the key, as a host may that does not ask for readiness. That
// is refused, or what it leaves can be read with either keyset.
func readableByAll(t *testing.T, s *site.Site) {
	t.Helper()
	site.Read[site.User](t, s.Client(1).PutUser(t.Context(), "carol", site.Member("carol")))
	o := s.Client(0).Begin(t.Context(), "carol", "")
	t.Logf("an enrollment is answered %v by a replica that lacks the key", o)
	if o.Status == http.StatusServiceUnavailable {
		return
	}
	begun := site.Read[site.Enrollment](t, o)
	device, err := site.NewAuthenticator(begun.TOTP.Secret)
	if err != nil {
		t.Fatal(err)
	}
	proof := site.Proof{Codes: device.Pair(site.StepAt(time.Now()) - 1)}
	if o := s.Client(1).Confirm(t.Context(), "carol", begun.FactorID, proof); !o.OK() {
		t.Errorf("an enrollment at a replica that lacks the key is answered %v %s by the one that has it", o, o.Body)
	}
}

// lacksKey makes sure that it is the service who cannot: 503, and not that something is wrong with the call, nor 500.
func lacksKey(t *testing.T, what string, o site.Outcome) {
	t.Helper()
	t.Logf("%s is answered %v by a replica that lacks the key", what, o)
	if o.Status != http.StatusServiceUnavailable {
		t.Errorf("%s is answered %v by a replica that lacks the key; want 503", what, o)
	}
}

// startsNotWithout starts a replica with the keyset as it was.
func startsNotWithout(t *testing.T, s *site.Site) {
	t.Helper()
	r := s.NewReplica(s.DatabaseURL)
	err := r.Start()
	if err == nil {
		watched(t, s, 2).stays(http.StatusServiceUnavailable, noticed/5)
		t.Log("a replica that starts without the key serves and is not ready")
		return
	}
	t.Logf("a replica without the key does not start: %v", err)
	if !strings.Contains(err.Error(), "COUNTERSIGN_KEYSET") {
		t.Errorf("what a replica that does not start says names no remedy: %v", err)
	}
}

// keyset is as much of Tink's JSON as it takes to put two into one.
type keyset struct {
	Primary uint32            `json:"primaryKeyId"`
	Keys    []json.RawMessage `json:"key"`
}

// grownKeyset is the site's keyset and one more key, which encrypts.
func grownKeyset(t *testing.T, s *site.Site) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "grown")
	cmd := s.Command(t.Context(), s.DatabaseURL, "keys", "init")
	cmd.Env = append(cmd.Env, "COUNTERSIGN_KEYSET="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("keys init: %v\n%s", err, out)
	}
	grown, site := readKeyset(t, path), readKeyset(t, s.KeysetFile())
	grown.Keys = append(site.Keys, grown.Keys...)
	text, err := json.Marshal(grown)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readKeyset(t *testing.T, path string) (k keyset) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &k); err != nil || len(k.Keys) == 0 {
		t.Fatalf("%s is no keyset: %v", path, err)
	}
	return k
}
