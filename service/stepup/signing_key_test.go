package stepup_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/stepup"
)

func TestASigningKeyIsStoredAndRead(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	again, err := stepup.ParseSigningKey(key.MarshalPrivate())
	if err != nil {
		t.Fatal(err)
	}
	if again.ID != key.ID {
		t.Errorf("the id became %s from %s", again.ID, key.ID)
	}
	if _, err := stepup.NewKeySet(key).Verify(mustSign(t, again, claims()), want); err != nil {
		t.Errorf("a token of the key that was read: %v", err)
	}
}

func TestOnlyP256KeysAreRead(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := stepup.NewSigningKey().MarshalPrivate()
	for name, der := range map[string][]byte{
		"P-384": pkcs8(t, p384), "Ed25519": pkcs8(t, edwards), "nothing": nil, "cut": good[:len(good)-1],
	} {
		if key, err := stepup.ParseSigningKey(der); !errors.Is(err, stepup.ErrSigningKey) || key != nil {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}

func TestASigningKeyPrintsItsID(t *testing.T) {
	t.Parallel()
	key := stepup.NewSigningKey()
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if diff := cmp.Diff("[signing key "+key.ID+"]", fmt.Sprintf(verb, key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verb, diff)
		}
	}
	secret := private(t, key).D.String() //nolint:staticcheck // its decimal form is what fmt would print
	if text := fmt.Sprintf("%+v %#v %v", *key, *key, key.LogValue()); strings.Contains(text, secret) {
		t.Errorf("prints %s", text)
	}
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
