package examples_test

import (
	"crypto/elliptic"
	"net/http"
	"strings"
	"testing"
	"time"
)

// refuses brings each token to one login, which none of them opens and the good one does.
func (s *stage) refuses(t *testing.T, tokens func(good object) map[string]string) {
	t.Helper()
	b := s.password(t, "ada")
	_, session := s.asks(t, b)
	for name, token := range tokens(s.claims(session)) {
		cookie := b.cookie
		if got := b.proves(token); got.status != http.StatusForbidden || b.cookie != cookie {
			t.Errorf("%s: %d, %s", name, got.status, got.text)
			b.cookie = cookie
		}
	}
	if b.isIn("ada") {
		t.Fatal("one of these opened the session")
	}
	if got := b.proves(s.key.token(s.claims(session))); got.status != http.StatusNoContent || !b.isIn("ada") {
		t.Fatalf("the forge, when honest, is refused with %d, and the others show nothing\n%s", got.status, s.log)
	}
}

func (s *stage) bindsToTheLogin(t *testing.T) {
	_, another := s.asks(t, s.password(t, "ada"))
	s.refuses(t, func(good object) map[string]string {
		tokens := map[string]string{}
		for name, changes := range map[string]object{
			"another user's":            {"sub": "ben"},
			"a user with a longer id":   {"sub": "ada1"},
			"a user in capitals":        {"sub": "ADA"},
			"another session's":         {"session_id": another},
			"of no session":             {"session_id": nil},
			"of an empty session":       {"session_id": ""},
			"for an action":             {"action": "payment.approve"},
			"with a nonce":              {"nonce": "n1"},
			"a code without a password": {"acr": "urn:countersign:acr:second-factor", "amr": []string{"otp"}},
			"an old proof":              {"auth_time": time.Now().Unix() - 301},
		} {
			tokens[name] = s.key.token(with(good, changes))
		}
		return tokens
	})
	for name, changes := range map[string]object{
		"a code":                  {},
		"a recovery code":         {"acr": "urn:countersign:acr:recovery", "amr": []string{"pwd", "mfa"}, "method": "recovery_code"},
		"an access pass":          {"acr": "urn:countersign:acr:recovery", "amr": []string{"pwd", "mfa"}, "method": "access_pass"},
		"a passkey":               {"acr": "phr", "amr": []string{"pwd", "pop", "mfa"}, "method": "passkey"},
		"a passkey with a finger": {"acr": "phr", "amr": []string{"pwd", "pop", "user", "mfa"}, "method": "passkey"},
	} {
		b := s.password(t, "ada")
		_, session := s.asks(t, b)
		if got := b.proves(s.key.token(with(s.claims(session), changes))); got.status != http.StatusNoContent {
			t.Errorf("%s: %d\n%s", name, got.status, s.log)
		}
	}
}

// The cases are those of clients/go/stepup.
func (s *stage) refusesForged(t *testing.T) {
	key, foreign, p384 := s.key, p256(t), newKey(t, elliptic.P384())
	x, _ := key.coordinates()
	s.refuses(t, func(claims object) map[string]string {
		headed := func(changes object) string { return forge(t, with(key.header(), changes), claims, key.es256) }
		hs := func(secret []byte) string {
			return forge(t, with(key.header(), object{"alg": "HS256"}), claims, hs256(secret))
		}
		good := key.token(claims)
		spliced := strings.Split(good, ".")
		return map[string]string{
			"alg none":                     forge(t, with(key.header(), object{"alg": "none"}), claims, unsigned),
			"alg None":                     forge(t, with(key.header(), object{"alg": "None"}), claims, unsigned),
			"alg none, signed":             headed(object{"alg": "none"}),
			"no signature":                 forge(t, key.header(), claims, unsigned),
			"HS256 with the public point":  hs(key.point()),
			"HS256 with the public PKIX":   hs(key.pkix()),
			"HS256 with a coordinate":      hs([]byte(x)),
			"HS256 with nothing":           hs(nil),
			"alg ES384 on another curve":   forge(t, with(key.header(), object{"alg": "ES384"}), claims, p384.es256),
			"ES256 on another curve":       forge(t, key.header(), claims, p384.es256),
			"ES256 of a P-384 key, its id": forge(t, p384.header(), claims, p384.es256),
			"alg in lower case":            headed(object{"alg": "es256"}),
			"a foreign key, our kid":       forge(t, key.header(), claims, foreign.es256),
			"a foreign key and kid":        foreign.token(claims),
			"a zero signature":             forge(t, key.header(), claims, func(string) []byte { return make([]byte, 64) }),
			"a signature in ASN.1":         forge(t, key.header(), claims, key.asn1),
			"a signature in halves of 33": forge(t, key.header(), claims, func(m string) []byte {
				s := key.es256(m)
				return append(append([]byte{0}, s[:32]...), append([]byte{0}, s[32:]...)...)
			}),
			"no alg":                       headed(object{"alg": nil}),
			"a number for alg":             headed(object{"alg": 7}),
			"no typ":                       headed(object{"typ": nil}),
			"typ JWT":                      headed(object{"typ": "JWT"}),
			"typ of a ticket":              headed(object{"typ": "ticket+jwt"}),
			"typ in capitals":              headed(object{"typ": "STEP-UP+JWT"}),
			"no kid":                       headed(object{"kid": nil}),
			"an empty kid":                 headed(object{"kid": ""}),
			"a number for kid":             headed(object{"kid": 7}),
			"a list for kid":               headed(object{"kid": []string{key.id}}),
			"a path for kid":               headed(object{"kid": "../../dev/null"}),
			"a kid in another spelling":    headed(object{"kid": loosen(key.id)}),
			"a kid with padding":           headed(object{"kid": key.id + "="}),
			"jku":                          headed(object{"jku": "http://127.0.0.1:9/jwks.json"}),
			"x5u":                          headed(object{"x5u": "http://127.0.0.1:9/cert.pem"}),
			"jwk of a foreign key":         forge(t, with(foreign.header(), object{"jwk": foreign.jwk()}), claims, foreign.es256),
			"crit":                         headed(object{"crit": []string{"exp"}}),
			"b64":                          headed(object{"b64": false}),
			"a header that is null":        forge(t, "null", claims, key.es256),
			"a header of brackets":         forge(t, strings.Repeat("[", 3000), claims, key.es256),
			"claims that are null":         forge(t, key.header(), "null", key.es256),
			"claims that are a list":       forge(t, key.header(), "[]", key.es256),
			"claims that are no JSON":      forge(t, key.header(), "{", key.es256),
			"claims of brackets":           forge(t, key.header(), strings.Repeat("[", 3000), key.es256),
			"nothing":                      "",
			"dots":                         "..",
			"10,000 dots":                  strings.Repeat(".", 10_000),
			"a token beyond 8 KiB":         key.token(with(claims, object{"jti": strings.Repeat("n", 6<<10)})),
			"two parts":                    good[:strings.LastIndex(good, ".")],
			"four parts":                   good + ".e30",
			"a space inside":               good[:9] + " " + good[9:],
			"no ASCII":                     good[:9] + "\xe9" + good[10:],
			"padding":                      good + "=",
			"a bit that decoding discards": loosen(good),
			"another user, old signature":  spliced[0] + "." + segment(t, with(claims, object{"sub": "ben"})) + "." + spliced[2],
			"a ticket's header":            forge(t, with(key.header(), object{"alg": "HS256", "typ": "ticket+jwt"}), claims, hs256(key.point())),
			"Bearer in front":              "Bearer " + good,
		}
	})
}

func (s *stage) refusesWrongClaims(t *testing.T) {
	s.refuses(t, func(good object) map[string]string {
		now := time.Now().Unix()
		wrong := map[string]object{
			"expired":               {"iat": now - 900, "nbf": now - 900, "auth_time": now - 900, "exp": now - 600},
			"exp now":               {"iat": now - 5, "nbf": now - 5, "exp": now},
			"exp beyond its life":   {"iat": now, "exp": now + 301},
			"exp before iat":        {"exp": now + 30, "iat": now + 31, "nbf": now},
			"exp as text":           {"exp": "4793880300"},
			"exp with a fraction":   {"exp": float64(now) + 100.5},
			"exp as true":           {"exp": true},
			"exp at the end of all": {"exp": int64(1<<63 - 1)},
			"an exp to overflow":    {"exp": int64(1<<63 - 1), "iat": -2},
			"nbf to come":           {"nbf": now + 60},
			"iat to come":           {"iat": now + 60},
			"auth_time to come":     {"auth_time": now + 60},
			"a negative iat":        {"iat": -1},
			"a negative nbf":        {"nbf": -1},
			"aud as a list":         {"aud": []string{s.tenant}},
			"aud of two":            {"aud": []string{s.tenant, "countersign"}},
			"aud of another host":   {"aud": "portal"},
			"aud of the service":    {"aud": "countersign"},
			"another issuer":        {"iss": "https://evil.example/" + s.tenant},
			"the issuer alone":      {"iss": issuer},
			"another tenant's iss":  {"iss": issuer + "/other"},
			"another tenant":        {"tid": "other"},
			"sub as a number":       {"sub": 7},
			"amr as text":           {"amr": "otp"},
			"amr without password":  {"amr": []string{"otp", "mfa"}},
			"amr of another proof":  {"amr": []string{"pwd", "mfa"}},
			"a method of another":   {"method": "recovery_code"},
			"a method of tomorrow":  {"method": "webauthn"},
			"an acr of tomorrow":    {"acr": "urn:countersign:acr:aal3"},
			"an acr in a list":      {"acr": []string{"urn:countersign:acr:aal2"}},
			"a session as a number": {"session_id": 1},
		}
		for name := range good {
			wrong["no "+name] = object{name: nil}
		}
		tokens := map[string]string{}
		for name, changes := range wrong {
			tokens[name] = s.key.token(with(good, changes))
		}
		return tokens
	})
}

func (s *stage) fetchesRarely(t *testing.T) {
	fetched := s.sandbox.fetches.Load()
	b := s.password(t, "ada")
	for range 20 {
		if got := b.proves(p256(t).token(s.claims("s"))); got.status != http.StatusForbidden {
			t.Errorf("an unknown key: %d", got.status)
		}
	}
	if more := s.sandbox.fetches.Load() - fetched; more > 1 {
		t.Errorf("20 unknown keys fetched %d times, want at most once", more)
	}
}

// The second host is of the same tenant, trusts no sandbox, and may fetch keys at any time.
func (s *stage) trustsItsOwnKeys(t *testing.T) {
	second := *s
	second.host = s.start(t, "--countersign", s.front.URL, "--tenant", s.tenant, "--keys-every", "0")
	b := second.password(t, "ada")
	ticket, session := second.asks(t, b)

	s.down.Store(true)
	if got := b.send("POST", "/login/ticket", "{}"); got.status != http.StatusServiceUnavailable {
		t.Errorf("a decision while the service is down: %d", got.status)
	}
	if got := b.proves(s.key.token(second.claims(session))); got.status != http.StatusServiceUnavailable || b.isIn("ada") {
		t.Errorf("a proof while the service is down: %d", got.status)
	}
	s.down.Store(false)

	for name, token := range map[string]string{"a sandbox's own": s.prove("ada", ticket), "of a sandbox's key": s.key.token(second.claims(session))} {
		if got := b.proves(token); got.status != http.StatusForbidden || b.isIn("ada") {
			t.Errorf("a token %s: %d", name, got.status)
		}
	}
	if !strings.Contains(second.log.String(), "--sandbox") {
		t.Errorf("the log does not name the remedy:\n%s", second.log)
	}

	next := p256(t)
	token := next.token(second.claims(session))
	if got := b.proves(token); got.status != http.StatusForbidden {
		t.Errorf("before its key is published: %d", got.status)
	}
	s.ordinary.set(next)
	if got := b.proves(token); got.status != http.StatusNoContent || !b.isIn("ada") {
		t.Errorf("once its key is published: %d\n%s", got.status, second.log)
	}
	s.ordinary.set() // withdrawn
	again := second.password(t, "ada")
	_, session = second.asks(t, again)
	for _, key := range []signingKey{p256(t), next} { // the first one has keys fetched
		if got := again.proves(key.token(second.claims(session))); got.status != http.StatusForbidden {
			t.Errorf("a key that is not there any more: %d", got.status)
		}
	}
}
