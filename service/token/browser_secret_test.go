package token

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/clock"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

func TestABrowsersSecretIsReadInOneSpelling(t *testing.T) {
	t.Parallel()
	secret := newBrowserSecret()
	text := secret.text()
	if got, ok := parseBrowserSecret(text); !ok || got != secret {
		t.Errorf("%s is not read as it was written", text)
	}
	for name, text := range map[string]string{
		"empty": "", "the prefix alone": "csb_", "another prefix": "csk_" + text[4:], "no prefix": text[4:],
		"a character less": text[:len(text)-1], "one more": text + "A", "padded": text + "=", "with a space": " " + text,
		"with a line feed": text[:20] + "\n" + text[20:], "in another alphabet": text[:10] + "+/" + text[12:],
		"bits that say nothing": "csb_" + strings.Repeat("A", 42) + "B",
		"too short":             "csb_" + base64.RawURLEncoding.EncodeToString(secret[:31]),
	} {
		if _, ok := parseBrowserSecret(text); ok {
			t.Errorf("%s: it is read", name)
		}
	}
}

func TestABrowsersSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := browserSecret([]byte("SENTINELSENTINELSENTINELSENTINEL"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret); got != redactedSecret {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if got := slog.AnyValue(secret).Resolve().String(); got != redactedSecret {
		t.Errorf("it is logged as %q", got)
	}
	if secret.String() != redactedSecret || secret.GoString() != redactedSecret {
		t.Error("it has another text")
	}
}

// Pages that were loaded at once get the same secret; a thief of the database, who has the salts, none.
func TestASuccessorIsTheSameForTheSameSecretAndSaltAlone(t *testing.T) {
	t.Parallel()
	key, another := keyring(t), keyring(t)
	u := domain.User{TenantID: "acme", ID: "ada", Incarnation: 1}
	secret, salt := newBrowserSecret(), [16]byte{1}
	want := secret.successor(key, u, salt)
	if want != secret.successor(key, u, salt) {
		t.Error("the same secret has two")
	}
	if want == secret || string(want[:16]) != string(secret[:16]) {
		t.Error("the token does not change, or the series does")
	}
	other := u
	other.Incarnation = 2
	for name, got := range map[string]browserSecret{
		"another salt":   secret.successor(key, u, [16]byte{2}),
		"another user":   secret.successor(key, other, salt),
		"another key":    secret.successor(another, u, salt),
		"another secret": newBrowserSecret().successor(key, u, salt),
		"the next one":   want.successor(key, u, salt),
	} {
		if string(got[16:]) == string(want[16:]) {
			t.Errorf("%s has the same successor", name)
		}
	}
}

// keyStore keeps the keys of a service.
type keyStore struct {
	store.Store
	keys []domain.Key
}

func (k *keyStore) Keys(context.Context) ([]domain.Key, error) { return k.keys, nil }

func (k *keyStore) UpdateKeys(_ context.Context, update func([]domain.Key) ([]domain.Key, error)) (err error) {
	k.keys, err = update(k.keys)
	return err
}

// keyring returns the key for browsers of a service of its own.
func keyring(t *testing.T) keys.LookupKey {
	t.Helper()
	path, kept := filepath.Join(t.TempDir(), "keyset"), &keyStore{}
	must(t, seal.CreateKeysetFile(path))
	sealer, err := seal.LoadKeysetFile(path)
	must(t, err)
	must(t, keys.Prepare(t.Context(), kept, sealer, time.Now()))
	ring, err := keys.NewKeyring(t.Context(), kept, sealer, clock.System{})
	must(t, err)
	key, err := ring.CurrentLookupKey(t.Context())
	must(t, err)
	return key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
