package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/seal"
)

func TestAKeysetFileIsPrivateAndOpensWhatItSealed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "keys", "keyset.json")
	mustCreate(t, path)
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if got := mustStat(t, name).Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	ciphertext := mustSeal(t, mustLoad(t, path), []byte("secret"), row)
	if got, err := mustLoad(t, path).Open(ciphertext, row); err != nil || string(got) != "secret" {
		t.Errorf("loaded again: %q, %v", got, err)
	}
	mustHoldOnly(t, filepath.Dir(path), "keyset.json")
}

func TestAKeysetFileIsNeverReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keyset.json")
	mustCreate(t, path)
	before := mustRead(t, path)
	if err := seal.CreateKeysetFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the second creation fails with %v", err)
	}
	if diff := cmp.Diff(before, mustRead(t, path)); diff != "" {
		t.Errorf("the keyset changed (-before +after):\n%s", diff)
	}
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := seal.CreateKeysetFile(filepath.Join(dir, "link")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("through a dangling link the creation fails with %v", err)
	}
	mustHoldOnly(t, dir, "keyset.json", "link")
}

// Whoever loses loads at once what the winner made, and never a part of it.
func TestOfConcurrentCreationsExactlyOneSucceeds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "keyset.json")
	created, loaded := make([]error, 32), make([]error, 32)
	var all sync.WaitGroup
	for i := range created {
		all.Go(func() {
			created[i] = seal.CreateKeysetFile(path)
			_, loaded[i] = seal.LoadKeysetFile(path)
		})
	}
	all.Wait()
	winners := 0
	for i, err := range created {
		if err == nil {
			winners++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Errorf("a creation fails with %v", err)
		}
		if loaded[i] != nil {
			t.Errorf("loading after the creation fails with %v", loaded[i])
		}
	}
	if winners != 1 {
		t.Errorf("%d creations succeed", winners)
	}
	mustHoldOnly(t, dir, "keyset.json")
}

func TestAnExposedKeysetIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	mustCreate(t, path)
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o644, 0o620, 0o602, 0o601, 0o610, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := seal.LoadKeysetFile(path)
		if !errors.Is(err, seal.ErrExposedKeyset) || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		mustLoad(t, path)
	}
}

func TestAMissingKeysetIsSaidToBe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	_, err := seal.LoadKeysetFile(path)
	if !errors.Is(err, seal.ErrNoKeyset) || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file fails with %v", err)
	}
}

func TestAMalformedKeysetIsNotQuoted(t *testing.T) {
	t.Parallel()
	const leak = "c2VudGluZWw"
	dir := t.TempDir()
	cases := map[string]string{
		"empty":    "",
		"not JSON": leak,
		"no keys":  `{"primaryKeyId":1,"key":[]}`,
		"damaged":  `{"primaryKeyId":1,"key":[{"keyData":{"typeUrl":"` + leak + `","value":"` + leak + `!"}}]}`,
		"unknown":  `{"` + leak + `":1}`,
	}
	for name, text := range cases {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := seal.LoadKeysetFile(path)
		if !errors.Is(err, seal.ErrMalformedKeyset) || strings.Contains(err.Error(), leak) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := seal.ParseKeyset([]byte(text)); err != seal.ErrMalformedKeyset {
			t.Errorf("%s, parsed: %v", name, err)
		}
	}
	if _, err := seal.LoadKeysetFile(dir); err == nil {
		t.Error("a folder is a keyset")
	}
}

func mustCreate(t *testing.T, path string) {
	t.Helper()
	if err := seal.CreateKeysetFile(path); err != nil {
		t.Fatal(err)
	}
}

func mustLoad(t *testing.T, path string) *seal.Sealer {
	t.Helper()
	sealer, err := seal.LoadKeysetFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func mustStat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func mustRead(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func mustHoldOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s holds (-want +got):\n%s", dir, diff)
	}
}
