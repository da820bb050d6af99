package pgtest

import (
	"strings"
	"testing"
)

func TestVersionIsReadFromWhatTheServerSays(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 9.6.24\n":                         9,
		"postgres (PostgreSQL) 19beta1\n":                        19,
		"something else 17\n":                                    0,
		"":                                                       0,
	} {
		if got := parseMajor(text); got != want {
			t.Errorf("parseMajor(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestUnusableURLIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"host=db user=me password=hunter2",
		"mysql://me:hunter2@db/x",
		"postgres://me:hunter2@db:port/x",
	} {
		_, err := parseURL(text)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("parseURL(%q) says %v, want an error without the password", text, err)
		}
	}
	if _, err := parseURL("postgres://me:hunter2@db:5432/postgres?sslmode=disable"); err != nil {
		t.Error(err)
	}
}

func TestTMPDIRSaysWhereAClusterIs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if dir := inMemory(); dir != "" {
		t.Errorf("it is in %s", dir)
	}
}
