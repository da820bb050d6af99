package stepup_test

import (
	"crypto/sha512"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/stepup"
)

func TestForgedTickets(t *testing.T) {
	t.Parallel()
	key, signingKey := stepup.NewTicketKey(), stepup.NewSigningKey()
	set, sign := stepup.NewTicketKeySet(key), hs256(key.Bytes())
	headed := func(changes object) string { return forge(t, with(ticketHeader(key), changes), ticketWire(), sign) }
	claimed := func(changes object) string { return forge(t, ticketHeader(key), with(ticketWire(), changes), sign) }
	tokens := map[string]string{
		"alg none":                 forge(t, with(ticketHeader(key), object{"alg": "none"}), ticketWire(), unsigned),
		"no signature":             forge(t, ticketHeader(key), ticketWire(), unsigned),
		"an empty key":             forge(t, ticketHeader(key), ticketWire(), hs256(nil)),
		"the id for a key":         forge(t, ticketHeader(key), ticketWire(), hs256([]byte(key.ID))),
		"alg HS384, well signed":   forge(t, with(ticketHeader(key), object{"alg": "HS384"}), ticketWire(), hmacOf(sha512.New384, key.Bytes())),
		"alg HS512":                headed(object{"alg": "HS512"}),
		"alg ES256":                forge(t, with(ticketHeader(key), object{"alg": "ES256"}), ticketWire(), es256(t, signingKey)),
		"typ JWT":                  headed(object{"typ": "JWT"}),
		"typ of a step-up":         headed(object{"typ": "step-up+jwt"}),
		"no typ":                   headed(object{"typ": nil}),
		"no kid":                   headed(object{"kid": nil}),
		"a path for kid":           headed(object{"kid": "/dev/null"}),
		"jku":                      headed(object{"jku": "http://127.0.0.1:9/"}),
		"crit":                     headed(object{"crit": []string{"exp"}}),
		"a step-up token":          mustSign(t, signingKey, claims()),
		"step-up claims":           forge(t, ticketHeader(key), wire(), sign),
		"no exp":                   claimed(object{"exp": nil}),
		"no iat":                   claimed(object{"iat": nil}),
		"a past exp":               claimed(object{"iat": now.Unix() - 60, "exp": now.Unix()}),
		"a future iat":             claimed(object{"iat": now.Unix() + 6}),
		"a future nbf":             claimed(object{"nbf": now.Unix() + 6}),
		"too long a life":          claimed(object{"exp": now.Unix() + 901}),
		"an exp beyond all time":   claimed(object{"exp": 1e300}),
		"no tenant":                claimed(object{"tid": nil}),
		"no user":                  claimed(object{"sub": nil}),
		"no id":                    claimed(object{"jti": nil}),
		"no service key":           claimed(object{"client_id": nil}),
		"no purpose":               claimed(object{"purpose": nil}),
		"another purpose":          claimed(object{"purpose": "root"}),
		"a fractional person":      claimed(object{"incarnation": 1.5}),
		"forged and expired":       forge(t, ticketHeader(key), with(ticketWire(), object{"exp": now.Unix() - 1}), hs256([]byte("x"))),
		"another user, spliced":    splice(t, mustIssue(t, key, ticket()), with(ticketWire(), object{"sub": "u2"})),
		"claims that are null":     forge(t, ticketHeader(key), "null", sign),
		"nothing":                  "",
		"10,000 dots":              strings.Repeat(".", 10_000),
		"a ticket beyond 8 KiB":    claimed(object{"session_id": strings.Repeat("s", 6<<10)}),
		"a spelling of the same":   loosen(t, mustIssue(t, key, ticket())),
		"a line break in the text": mustIssue(t, key, ticket()) + "\n",
	}
	for name, token := range tokens {
		if got, err := set.Verify(token, now); err != stepup.ErrTicketInvalid {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
