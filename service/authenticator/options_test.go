package authenticator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
)

const origin = authenticatortest.RightOrigin

type options map[string]any

func creation() options {
	return options{
		"rp":               options{"id": "example.com", "name": "Example"},
		"user":             options{"id": "AAECAwQFBgc", "name": "dana", "displayName": "Dana Whitfield"},
		"challenge":        "_-9zZWNyZXQtY2hhbGxlbmdl",
		"pubKeyCredParams": []options{{"type": "public-key", "alg": -8}, {"type": "public-key", "alg": -7}},
	}
}

func request(ids ...string) options {
	allowed := make([]options, len(ids))
	for i, id := range ids {
		allowed[i] = options{"type": "public-key", "id": id}
	}
	return options{"rpId": "example.com", "challenge": "_-9zZWNyZXQtY2hhbGxlbmdl", "allowCredentials": allowed}
}

func (o options) with(member string, value any) options {
	if value == nil {
		delete(o, member)
		return o
	}
	o[member] = value
	return o
}

func (o options) in(outer, member string, value any) options {
	o[outer].(options).with(member, value)
	return o
}

func TestRefusedOptionsNameTheRemedy(t *testing.T) {
	t.Parallel()
	const remedy = "TypeError: %s: send the creation_options as they came."
	rs256 := []options{{"type": "public-key", "alg": -257}}
	for name, c := range map[string]struct {
		o    any
		want string
	}{
		"no JSON":               {json.RawMessage(`"{"`), fmt.Sprintf(remedy, "This is no PublicKeyCredentialCreationOptionsJSON")},
		"null":                  {nil, fmt.Sprintf(remedy, "rp.id is missing")},
		"wrapped":               {options{"publicKey": creation()}, fmt.Sprintf(remedy, "rp.id is missing")},
		"no rp.id":              {creation().in("rp", "id", nil), fmt.Sprintf(remedy, "rp.id is missing")},
		"no rp.name":            {creation().in("rp", "name", nil), fmt.Sprintf(remedy, "rp.name is missing")},
		"no user.id":            {creation().in("user", "id", nil), fmt.Sprintf(remedy, "user.id is missing")},
		"a user.id too long":    {creation().in("user", "id", strings.Repeat("AAAA", 22)), fmt.Sprintf(remedy, "user.id has more than 64 bytes")},
		"a user.id padded":      {creation().in("user", "id", "AAECAwQFBgc="), fmt.Sprintf(remedy, "This is no PublicKeyCredentialCreationOptionsJSON")},
		"no user.name":          {creation().in("user", "name", nil), fmt.Sprintf(remedy, "user.name is missing")},
		"no display name":       {creation().in("user", "displayName", nil), fmt.Sprintf(remedy, "user.displayName is missing")},
		"no challenge":          {creation().with("challenge", nil), fmt.Sprintf(remedy, "challenge is missing")},
		"no pubKeyCredParams":   {creation().with("pubKeyCredParams", nil), fmt.Sprintf(remedy, "pubKeyCredParams is missing")},
		"no ES256":              {creation().with("pubKeyCredParams", rs256), authenticator.ErrAlgorithm.Error()},
		"ES256 of another type": {creation().with("pubKeyCredParams", []options{{"type": "password", "alg": -7}}), authenticator.ErrAlgorithm.Error()},
		"a resident key":        {creation().with("authenticatorSelection", options{"residentKey": "required"}), authenticator.ErrResidentKey.Error()},
		"an older resident key": {creation().with("authenticatorSelection", options{"requireResidentKey": true}), authenticator.ErrResidentKey.Error()},
	} {
		_, err := newAuthenticator(t).Create(encode(t, c.o), origin)
		if refusal := (*authenticator.Error)(nil); !errors.As(err, &refusal) || refusal.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		o    options
		want string
	}{
		"no rpId":      {request("AAEC").with("rpId", nil), "TypeError: rpId is missing: send the request_options as they came."},
		"no challenge": {request("AAEC").with("challenge", nil), "TypeError: challenge is missing: send the request_options as they came."},
		"not base64":   {request("AA+/"), "TypeError: This is no PublicKeyCredentialRequestOptionsJSON: send the request_options as they came."},
	} {
		if _, err := newAuthenticator(t).Get(encode(t, c.o), origin); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestOptionsThatABrowserTakesAreTaken(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]options{
		"no algorithms at all":         creation().with("pubKeyCredParams", []options{}),
		"a resident key if there is":   creation().with("authenticatorSelection", options{"residentKey": "preferred", "requireResidentKey": true}),
		"members that are new":         creation().with("hints", []string{"client-device"}).with("extensions", options{"credProps": true}),
		"an attestation that is asked": creation().with("attestation", "direct").with("timeout", 120000),
		"names that are empty":         creation().in("rp", "name", "").in("user", "displayName", ""),
	} {
		if _, err := newAuthenticator(t).Create(encode(t, o), origin); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOptionsAreAnsweredOrRefused(f *testing.F) {
	a := authenticator.New([32]byte{}, "")
	text, err := json.Marshal(creation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"rpId": "example.com", "challenge": "AAEC", "allowCredentials": [{"type": "public-key", "id": "AAEC"}, null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, answer := range []func(json.RawMessage, string) (json.RawMessage, error){a.Create, a.Get} {
			_, err := answer(json.RawMessage(text), origin)
			if refusal := (*authenticator.Error)(nil); err != nil && !errors.As(err, &refusal) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
