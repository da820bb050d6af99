package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/terminal"
)

// The walk-through is pasted as it is printed, twice, into each shell, and once
// more after a restart, which finds the data and the keys again.
func TestWalkthroughCanBePastedAsPrinted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first := s.serve(t, "--dev")
	key := s.read(t, "data/demo.key")
	jwks := curl(t, "", "GET", first.url+"/.well-known/jwks-sandbox.json", "").must(200).text
	for _, shell := range terminal.Shells {
		person := terminal.Start(t, shell, s.dir)
		s.paste(t, person, first)
		s.paste(t, person, first)
	}
	ownerOnly(t, filepath.Join(s.dir, "data"))
	first.stop()

	second := s.serve(t, "--dev")
	if got := s.read(t, "data/demo.key"); got != key {
		t.Error("a second start made another service key")
	}
	if got := curl(t, "", "GET", second.url+"/.well-known/jwks-sandbox.json", "").must(200).text; got != jwks {
		t.Errorf("a second start has other keys:\n%s\n%s", jwks, got)
	}
	h := host{second, strings.TrimSpace(key)}
	if status := h.call(t, "GET", "/v1/users/ada", "").must(200); !strings.Contains(status.text, `"enabled":true`) {
		t.Errorf("a second start does not know that ada is enrolled: %s", status.text)
	}
	s.paste(t, terminal.Start(t, "sh", s.dir), second)
	second.stop()
	for _, replica := range []*server{first, second} {
		if strings.Contains(replica.stdout.String()+replica.log.String(), strings.TrimSpace(key)) {
			t.Error("the service key was printed")
		}
	}
}

// paste does what the banner says, and holds what comes of it.
func (s site) paste(t *testing.T, shell *terminal.Shell, from *server) {
	t.Helper()
	block := walkthrough(t, from)
	printed := shell.Paste(block)
	for _, want := range []string{
		`"user_id":"ada"`, "\nfct_", `"recovery_codes":["`, `"decision":"challenge"`, `"step_up_token":"`,
		`"method":"totp"`, `"code":"code_invalid"`, `"method":"passkey"`, local(from) + "/docs",
	} {
		if !strings.Contains(printed, want) {
			t.Fatalf("%v printed no %s:\n%s\nof\n%s", shell, want, printed, block)
		}
	}
	if refused := strings.Count(printed, `"urn:countersign:problem:`); refused != 1 {
		t.Errorf("%v saw %d refusals, want that of the code sent twice alone:\n%s", shell, refused, printed)
	}
}

// walkthrough cuts the block out of the banner, and compares it with the file
// it is written in.
func walkthrough(t *testing.T, from *server) string {
	t.Helper()
	template, err := os.ReadFile("../cmd/countersign/walkthrough.sh.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	block := strings.NewReplacer("{{quote .Key}}", "data/demo.key", "{{.URL}}", local(from)).Replace(string(template))
	var banner string
	eventually(t, "the banner is printed", func() bool {
		banner = from.stdout.String()
		return strings.Contains(banner, "Ctrl-C")
	})
	for _, want := range []string{local(from), "development mode", "data/demo.key", "data/countersign.db", block} {
		if !strings.Contains(banner, want) {
			t.Fatalf("the banner lacks %q:\n%s", want, banner)
		}
	}
	if hard := regexp.MustCompile(`[^ -~\n]|!|\bjq\b`).FindString(block); hard != "" {
		t.Errorf("%q does not paste into every terminal", hard)
	}
	return block
}

// local is where the banner sends people: by its name, which passkeys need.
func local(s *server) string { return strings.Replace(s.url, "127.0.0.1", "localhost", 1) }

func (s site) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func ownerOnly(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in %s, %v", len(files), dir, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", file.Name(), info.Mode())
		}
	}
}
