package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// userFile writes users into a file, one on each line.
func (s site) userFile(t *testing.T, users int) string {
	t.Helper()
	var text strings.Builder
	for n := range users {
		fmt.Fprintf(&text, `{"user_id":"u-%d","username":"u-%d","auth_source":"local","role":"member","active":true}`+"\n", n, n)
	}
	path := filepath.Join(s.dir, "users.ndjson")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// stream sends a file as it is being read, without a length.
func stream(path string) []string {
	return []string{"-H", "Content-Type: application/x-ndjson", "-H", "Transfer-Encoding: chunked", "-T", path}
}

func TestImportByCurlAndByCommand(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		h := host{s.serve(t), s.createTenant(t, "acme")}
		path := s.userFile(t, 2500)
		a := h.call(t, "POST", "/v1/users/import", "", stream(path)...).must(200)
		if a.get("created") != "2500" || a.get("failed") != "0" {
			t.Errorf("imported %s", a.text)
		}
		h.decide(t, "u-2499", "allow", "not_enrolled")
		if said := s.command(t, "users", "import", path, "--output", "json"); !strings.Contains(said, `"unchanged": 2500`) {
			t.Errorf("the command says %s", said)
		}
		h.stop()
	})
}

func TestAnImportOutlivesSIGKILLInWholeBatches(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		const users = 8_000
		h := host{s.serve(t), s.createTenant(t, "acme")}
		path := s.userFile(t, users)
		args := append([]string{"-sS", "--noproxy", "*", "-X", "POST", "-H", "Authorization: Bearer " + h.bearer, h.url + "/v1/users/import"}, stream(path)...)
		upload := exec.Command(tool(t, "curl", "curl"), args...)
		if err := upload.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "some users are there", func() bool {
			return h.call(t, "GET", "/v1/users/u-1500", "").status == 200
		})
		h.kill()
		_ = upload.Wait() // it has no answer

		h.server = s.serve(t)
		a := h.call(t, "POST", "/v1/users/import", "", stream(path)...).must(200)
		created, unchanged := a.body["created"].(float64), a.body["unchanged"].(float64)
		if created+unchanged != users || int(unchanged)%250 != 0 || unchanged < 1500 {
			t.Errorf("after it was killed: %s", a.text)
		}
		h.stop()
	})
}
