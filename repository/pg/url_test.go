package pg_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/repository/pg"
)

// refusal is what is said of a URL, or "".
func refusal(text string) string {
	_, err := pg.Configure(text)
	if wrong := pg.URLError(""); errors.As(err, &wrong) {
		return string(wrong)
	}
	return ""
}

const askForTLS = "write sslmode=verify-full with sslrootcert=PATH, or sslmode=disable if the network in between is trusted"

func TestAConnectionToAnotherHostIsPlaintextOnlyWhereThatIsAskedFor(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	for text, refused := range map[string]bool{
		"postgres://cs@db.example.com/cs":                                                  true,
		"postgresql://cs@db.example.com/cs":                                                true,
		"postgres://cs:p@192.0.2.7:5433/cs?application_name=x":                             true,
		"postgres://cs@[2001:db8::1]/cs":                                                   true,
		"postgres://cs@db.example.com/cs?sslmode=":                                         true,
		"postgres://cs@db.example.com/cs?sslmode=prefer":                                   true,
		"postgres://cs@db.example.com/cs?sslmode=allow":                                    true,
		"postgres://cs@/cs?host=db.example.com":                                            true,
		"postgres://cs@127.0.0.1,db.example.com/cs":                                        true,
		"postgres://cs@db.example.com:5432,localhost:5433/cs":                              true,
		"postgres://cs@/cs?host=/var/run/postgresql,192.0.2.7":                             true,
		"postgres://cs@localhost.example.com/cs":                                           true,
		"postgres://cs@0.0.0.0/cs":                                                         true,
		"postgres://cs@db.example.com/cs?sslmode=disable":                                  false,
		"postgres://cs@db.example.com,192.0.2.7/cs?sslmode=disable":                        false,
		"postgres://cs@db.example.com/cs?sslmode=require":                                  false,
		"postgres://cs@db.example.com/cs?sslmode=verify-ca":                                false,
		"postgres://cs@db.example.com/cs?sslmode=verify-full":                              false,
		"postgres://cs@db.example.com/cs?sslrootcert=system":                               false,
		"postgres://cs@db.example.com/cs?sslnegotiation=direct":                            false,
		"postgres://cs@/cs?host=/var/run/postgresql,192.0.2.7&sslmode=require":             false,
		"postgres://cs@localhost,db.example.com/cs?sslmode=verify-full&sslrootcert=system": false,
		"postgres://cs@127.0.0.1/cs":                                                       false,
		"postgres://cs@127.8.9.10/cs?sslmode=prefer":                                       false,
		"postgres://cs@[::1]/cs?sslmode=allow":                                             false,
		"postgres://cs@LocalHost/cs":                                                       false,
		"postgres://cs@localhost:5432,127.0.0.1:5433/cs":                                   false,
		"postgres:///cs": false,
		"postgres://cs@/cs?host=/var/run/postgresql": false,
	} {
		if got := refusal(text); strings.Contains(got, askForTLS) != refused || got != "" != refused {
			t.Errorf("%s: %q, want refused: %v", text, got, refused)
		}
	}
}

func TestTheEnvironmentMayChooseHowTheConnectionIsEncrypted(t *testing.T) {
	const text = "postgres://cs@db.example.com/cs"
	service := filepath.Join(t.TempDir(), "service")
	if err := os.WriteFile(service, []byte("[plain]\nsslmode=disable\n[open]\nsslmode=allow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", service)
	for mode, refused := range map[string]bool{"prefer": true, "allow": true, "disable": false, "verify-full": false} {
		t.Setenv("PGSSLMODE", mode)
		if got := refusal(text); strings.Contains(got, askForTLS) != refused {
			t.Errorf("PGSSLMODE=%s: %q, want refused: %v", mode, got, refused)
		}
	}
	t.Setenv("PGSSLMODE", "")
	for name, refused := range map[string]bool{"open": true, "plain": false} {
		if got := refusal(text + "?service=" + name); strings.Contains(got, askForTLS) != refused {
			t.Errorf("service %s: %q, want refused: %v", name, got, refused)
		}
	}
}

func TestAURLThatIsRefusedSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(key, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"mysql://cs@db/cs":            "must be sqlite:PATH or postgres://",
		"host=db dbname=cs":           "must be sqlite:PATH or postgres://",
		"postgres://cs:12/cret@db/cs": "%2F for /",
		"postgres://cs:a@b@db/cs":     "write %40 for @",
		"postgres://cs:a#b@db/cs":     "%23 for #",
		"postgres://cs:a b@db/cs":     "%20 for a blank",
		"postgres://cs@db/cs\n":       "white space or a control character",
		"postgres://cs@db:99999/cs":   "check its host, port and parameters",
		"postgres://cs:%zz@db/cs":     "percent-encoded",
		"postgres://cs@db/cs?sslmode=verify-full&sslrootcert=/nowhere/ca.pem":              "names the file /nowhere/ca.pem, which cannot be read (no such file or directory)",
		"postgres://cs@db/cs?sslmode=require&sslcert=/nowhere/a.crt&sslkey=/nowhere/a.key": "names the file /nowhere/a.key, which cannot be read",
		"postgres://cs@db/cs?sslmode=verify-full&sslrootcert=" + key:                       "no certificate in PEM",
		"postgres://cs@db/cs?sslmode=on":                                                   "sslmode of disable, require, verify-ca or verify-full",
	} {
		if got := refusal(text); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", text, got, want)
		}
	}
}

func TestADatabaseIsNamedWithoutWhatMayBeSecret(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"postgres://cs:pw@db:5432/c?password=pw": "postgres://cs@db:5432/c",
		"postgresql://cs@a:1,b:2/c":              "postgresql://cs@a:1,b:2/c",
		"postgres://cs:pw@[::1]:5432/c":          "postgres://cs@[::1]:5432/c",
		"postgres://:pw@db/c":                    "postgres://@db/c",
		"postgres:///c?host=/run&user=cs":        "postgres:///c",
		"postgres://db/c?user=cs&password=pw":    "postgres://db/c",
		"postgres://[::1]:5432/c":                "postgres://[::1]:5432/c",
		"postgres://cs:12/cret":                  "postgres://cs",
		"postgres://cs:12/cret@db/c":             "postgres://...",
		"cs:pw@db/c":                             "postgres://...",
	} {
		if got := pg.RedactURL(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}
