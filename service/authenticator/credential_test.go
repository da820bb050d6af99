package authenticator_test

import (
	"encoding/base64"
	"testing"

	"github.com/countersign/countersign/service/authenticator"
)

func TestAnyReplicaSignsForACredential(t *testing.T) {
	t.Parallel()
	secret := [32]byte{1}
	r := newRelyingParty(t)
	if err := r.register(authenticator.New(secret, "acme/dana/1")); err != nil {
		t.Fatal(err)
	}
	if err := r.login(authenticator.New(secret, "acme/dana/1")); err != nil {
		t.Fatal(err)
	}
}

func TestACredentialIsOfOneSecretScopeAndRelyingParty(t *testing.T) {
	t.Parallel()
	secret := [32]byte{1}
	own := authenticator.New(secret, "acme/dana/1")
	id := created(t, own, creation()).ID
	first, _ := base64.RawURLEncoding.DecodeString(id)
	first[0] ^= 1
	for name, c := range map[string]struct {
		a *authenticator.Authenticator
		o options
	}{
		"another secret":        {authenticator.New([32]byte{2}, "acme/dana/1"), request(id)},
		"another incarnation":   {authenticator.New(secret, "acme/dana/2"), request(id)},
		"another relying party": {own, request(id).with("rpId", "login.example.com")},
		"one bit changed":       {own, request(base64.RawURLEncoding.EncodeToString(first))},
		"cut short":             {own, request(id[:40])},
		"an empty id":           {own, request("")},
		"another type":          {own, request().with("allowCredentials", []options{{"type": "password", "id": id}})},
		"none allowed":          {own, request()},
	} {
		if _, err := c.a.Get(encode(t, c.o), origin); err != authenticator.ErrUnknownCredential {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheFirstOfItsOwnCredentialsAnswers(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t)
	first, second := created(t, a, creation()).ID, created(t, a, creation()).ID
	if first == second {
		t.Fatal("two credentials have one id")
	}
	for _, c := range []struct {
		allowed []string
		want    string
	}{
		{[]string{first, second}, first},
		{[]string{second, first}, second},
		{[]string{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", second}, second},
	} {
		if got := got(t, a, request(c.allowed...)).ID; got != c.want {
			t.Errorf("of %v it took %s", c.allowed, got)
		}
	}
}

func TestAnExcludedCredentialIsNotRegisteredAgain(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t)
	id := created(t, a, creation()).ID
	exclude := creation().with("excludeCredentials", request("AAEC", id)["allowCredentials"])
	if _, err := a.Create(encode(t, exclude), origin); err != authenticator.ErrExcluded {
		t.Errorf("its own is excluded: %v", err)
	}
	foreign := authenticator.New([32]byte{7}, "another user")
	if _, err := foreign.Create(encode(t, exclude), origin); err != nil {
		t.Errorf("another's is excluded: %v", err)
	}
}
