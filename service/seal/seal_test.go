package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/mac"

	"github.com/countersign/countersign/service/seal"
)

var row = seal.Binding{
	Purpose: seal.PurposeTOTPSecret, Tenant: "acme", User: "u1", Incarnation: 42, Item: "fct_1",
}

func TestWhatIsSealedOpens(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t)
	for _, plaintext := range [][]byte{[]byte("12345678901234567890"), {}, bytes.Repeat([]byte{7}, 1<<16)} {
		ciphertext := mustSeal(t, sealer, plaintext, row)
		if len(ciphertext) != len(plaintext)+33 {
			t.Errorf("%d bytes became %d", len(plaintext), len(ciphertext))
		}
		got, err := sealer.Open(ciphertext, row)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Errorf("a text of %d bytes opens as %d, %v", len(plaintext), len(got), err)
		}
	}
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t)
	ciphertext := mustSeal(t, sealer, []byte("12345678901234567890"), row)
	for i := range ciphertext {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			changed := bytes.Clone(ciphertext)
			changed[i] ^= flip
			mustNotOpen(t, fmt.Sprintf("byte %d, flip %#x", i, flip), sealer, changed, row)
		}
	}
	for length := range ciphertext {
		mustNotOpen(t, fmt.Sprintf("cut to %d", length), sealer, ciphertext[:length], row)
	}
	mustNotOpen(t, "lengthened", sealer, append(bytes.Clone(ciphertext), 0), row)
	mustNotOpen(t, "nothing", sealer, nil, row)
}

func TestEveryFieldOfTheBindingCounts(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t)
	ciphertext := mustSeal(t, sealer, []byte("secret"), row)
	changes := map[string]func(*seal.Binding){
		"purpose":        func(b *seal.Binding) { b.Purpose = seal.PurposeRecoveryCode },
		"no purpose":     func(b *seal.Binding) { b.Purpose = "" },
		"tenant":         func(b *seal.Binding) { b.Tenant = "other" },
		"user":           func(b *seal.Binding) { b.User = "u2" },
		"incarnation":    func(b *seal.Binding) { b.Incarnation++ },
		"item":           func(b *seal.Binding) { b.Item = "fct_2" },
		"swapped fields": func(b *seal.Binding) { b.Tenant, b.User = b.User, b.Tenant },
		"nothing set":    func(b *seal.Binding) { *b = seal.Binding{} },
	}
	for name, change := range changes {
		other := row
		change(&other)
		mustNotOpen(t, name, sealer, ciphertext, other)
	}
}

// Joined without lengths, the fields of each pair spell the same bytes.
func TestBindingsThatJoinToOneTextDiffer(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t)
	pairs := [][2]seal.Binding{
		{{Purpose: "key", Tenant: "ab", User: "c"}, {Purpose: "key", Tenant: "a", User: "bc"}},
		{{Purpose: "key", Tenant: "acme"}, {Purpose: "key", User: "acme"}},
		{{Purpose: "key", User: "x", Item: ""}, {Purpose: "key", User: "", Item: "x"}},
		{{Purpose: "keya", Tenant: "b"}, {Purpose: "key", Tenant: "ab"}},
		{{Purpose: "key", Incarnation: 'x'}, {Purpose: "key", Item: "\x00\x00\x00\x00\x00\x00\x00x"}},
	}
	for _, pair := range pairs {
		for i := range pair {
			ciphertext := mustSeal(t, sealer, []byte("secret"), pair[i])
			mustNotOpen(t, fmt.Sprintf("%+v", pair[i]), sealer, ciphertext, pair[1-i])
		}
	}
}

func TestASealNeedsAPurpose(t *testing.T) {
	t.Parallel()
	if _, err := newSealer(t).Seal([]byte("secret"), seal.Binding{Tenant: "acme"}); !errors.Is(err, seal.ErrNoPurpose) {
		t.Errorf("sealing for no purpose fails with %v", err)
	}
}

func TestNoncesNeverRepeat(t *testing.T) {
	t.Parallel()
	const prefix, nonce = 5, 12
	sealer, seen := newSealer(t), map[string]bool{}
	for range 50_000 {
		ciphertext := mustSeal(t, sealer, []byte("same"), row)
		seen[string(ciphertext[prefix:prefix+nonce])] = true
	}
	if len(seen) != 50_000 {
		t.Errorf("%d nonces in 50,000 ciphertexts", len(seen))
	}
}

func TestARotatedKeysetOpensWhatItsFormerKeySealed(t *testing.T) {
	t.Parallel()
	manager := keyset.NewManager()
	before := addPrimary(t, manager)
	old := mustSeal(t, before, []byte("secret"), row)
	after := addPrimary(t, manager)
	if got, err := after.Open(old, row); err != nil || string(got) != "secret" {
		t.Errorf("after the rotation: %q, %v", got, err)
	}
	mustNotOpen(t, "a later key's, before it came", before, mustSeal(t, after, []byte("secret"), row), row)
	mustNotOpen(t, "another keyset's", newSealer(t), old, row)
}

func TestASealerSaysWhichKeysItLacks(t *testing.T) {
	t.Parallel()
	manager := keyset.NewManager()
	former := addPrimary(t, manager)
	present := addPrimary(t, manager)
	for name, c := range map[string]struct {
		sealer     *seal.Sealer
		ciphertext []byte
		want       bool
	}{
		"sealed by the same key": {former, mustSeal(t, former, nil, row), false},
		"sealed by a later key":  {former, mustSeal(t, present, nil, row), true},
		"sealed by a former key": {present, mustSeal(t, former, nil, row), false},
		"of another keyset":      {present, mustSeal(t, newSealer(t), nil, row), true},
		"no ciphertext":          {present, nil, false},
		"too short for one":      {present, []byte{1, 2, 3, 4}, false},
		"of another format":      {present, make([]byte, 40), false},
	} {
		if got := c.sealer.Lacks(c.ciphertext); got != c.want {
			t.Errorf("%s: lacks the key: %v, want %v", name, got, c.want)
		}
	}
}

func TestASealerNeedsAnAEADKeyset(t *testing.T) {
	t.Parallel()
	handle, err := keyset.NewHandle(mac.HMACSHA256Tag256KeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	for name, handle := range map[string]*keyset.Handle{"a MAC keyset": handle, "none": nil} {
		if sealer, err := seal.NewSealer(handle); err == nil {
			t.Errorf("%s makes %v", name, sealer)
		}
	}
}

func TestASealerPrintsNoKey(t *testing.T) {
	t.Parallel()
	sealer := newSealer(t)
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if diff := cmp.Diff("[sealer]", fmt.Sprintf(verb, sealer)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verb, diff)
		}
	}
	if got := sealer.LogValue().String(); !strings.Contains(got, "[sealer]") {
		t.Errorf("logs %s", got)
	}
}

func BenchmarkSealAndOpen(b *testing.B) {
	sealer := newSealer(b)
	for b.Loop() {
		ciphertext := mustSeal(b, sealer, []byte("12345678901234567890"), row)
		if _, err := sealer.Open(ciphertext, row); err != nil {
			b.Fatal(err)
		}
	}
}

func newSealer(tb testing.TB) *seal.Sealer {
	tb.Helper()
	return addPrimary(tb, keyset.NewManager())
}

// addPrimary rotates: the new key seals, the former ones open.
func addPrimary(tb testing.TB, manager *keyset.Manager) *seal.Sealer {
	tb.Helper()
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = manager.SetPrimary(id)
	}
	handle, handleErr := manager.Handle()
	if err = errors.Join(err, handleErr); err != nil {
		tb.Fatal(err)
	}
	sealer, err := seal.NewSealer(handle)
	if err != nil {
		tb.Fatal(err)
	}
	return sealer
}

func mustSeal(tb testing.TB, sealer *seal.Sealer, plaintext []byte, b seal.Binding) []byte {
	tb.Helper()
	ciphertext, err := sealer.Seal(plaintext, b)
	if err != nil {
		tb.Fatal(err)
	}
	return ciphertext
}

func mustNotOpen(t *testing.T, name string, sealer *seal.Sealer, ciphertext []byte, b seal.Binding) {
	t.Helper()
	plaintext, err := sealer.Open(ciphertext, b)
	if err != seal.ErrNotAuthentic || plaintext != nil { // the very error: nothing is added to it
		t.Errorf("%s: opens as %q, %v", name, plaintext, err)
	}
}
