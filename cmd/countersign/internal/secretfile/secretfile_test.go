package secretfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/factorfile"
)

func TestAFileWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := Password("--flag", "/dev/zero"); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("/dev/zero: %v", err)
	}
}

func TestAPasswordIsTheFirstLineAndAKeyHexOrBytes(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 16)
	for name, c := range map[string]struct {
		read       func(flag, path string) (factorfile.Secret, error)
		text, want string // "": refused
	}{
		"a line":              {Password, "secret\nmore\n", "secret"},
		"of Windows":          {Password, "\ufeffsecret\r\n", "secret"},
		"blanks are meant":    {Password, " secret ", " secret "},
		"nothing":             {Password, "\nsecret", ""},
		"too much":            {Password, strings.Repeat("x", maxFile+1), ""},
		"bytes":               {Key, key, key},
		"hex":                 {Key, strings.Repeat("6b", 16) + "\n", key},
		"of another length":   {Key, key + "k", ""},
		"a line feed is none": {Key, key + "\n", ""},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := c.read("--flag", path)
		if string(got.Bytes()) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got.Bytes(), err)
		}
		if err != nil && (strings.Contains(err.Error(), path) || c.text != "" && strings.Contains(err.Error(), strings.TrimSpace(c.text))) {
			t.Errorf("%s: the error quotes what it was given: %v", name, err)
		}
	}
}
