package stepup

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

var (
	// ErrTokenInvalid says that a text is not a valid step-up token, without
	// why.
	ErrTokenInvalid = errors.New("stepup: the token is not valid")

	// ErrUnknownKey is an ErrTokenInvalid too: the token names a key that is not
	// in the set. The caller's set may be old; loading it again, at most so
	// often, is worth a try.
	ErrUnknownKey = fmt.Errorf("%w: unknown key", ErrTokenInvalid)
)

// KeySet is the published set of public keys: those that sign, those that will
// and those that did. It is immutable and safe for concurrent use. The zero
// KeySet is empty.
type KeySet struct {
	keys map[string]*ecdsa.PublicKey
	jwks []byte
}

// NewKeySet returns the public half of the keys, each once.
func NewKeySet(keys ...*SigningKey) KeySet {
	set := KeySet{keys: make(map[string]*ecdsa.PublicKey, len(keys))}
	for _, key := range keys {
		set.keys[key.ID] = &key.private.PublicKey
	}
	set.jwks = set.marshal()
	return set
}

// JWKS returns the set in JSON (RFC 7517, section 5), sorted by key id, so that
// all replicas answer with the same bytes. The caller may change them.
func (s KeySet) JWKS() []byte {
	if s.jwks == nil {
		return s.marshal()
	}
	return bytes.Clone(s.jwks)
}

// Expect is what a verifier knows before it sees the token. What is left empty
// matches nothing.
type Expect struct {
	// Issuer is the one issuer whose tokens count.
	Issuer string
	// Audiences are those of which the token must name one.
	Audiences []string
	// Now is the verifier's time.
	Now time.Time
}

// Verify returns the claims of a valid token, or fails with ErrTokenInvalid,
// which it does not explain. Where it is ErrUnknownKey too, a newer set may
// know better. Valid is a token of this form, signed with ES256 by a key of the
// set, complete, within its time, from the expected issuer and for one of the
// expected audiences. Whether it was spent is the caller's to know, by its ID:
// an ECDSA signature has two valid texts.
func (s KeySet) Verify(token string, want Expect) (Claims, error) {
	if want.Issuer == "" || len(want.Audiences) == 0 {
		return Claims{}, ErrTokenInvalid // the library would not look at them
	}
	var claims wireClaims
	err := stepUpForm.parse(token, &claims, s.key, want.Now,
		jwt.WithNotBeforeRequired(), jwt.WithIssuer(want.Issuer), jwt.WithAudience(want.Audiences...))
	if errors.Is(err, errUnknownKey) {
		return Claims{}, ErrUnknownKey
	}
	if err != nil || claims.check() != nil || !claims.current(want.Now) {
		return Claims{}, ErrTokenInvalid
	}
	return claims.Claims, nil
}

// current is exact at the end and does not believe in a proof that is still to
// come, which would count as fresh for longer than it may.
func (c Claims) current(now time.Time) bool {
	expired := !now.Before(time.Unix(c.ExpiresAt, 0))
	proven := !now.Add(Leeway).Before(time.Unix(c.AuthTime, 0))
	return !expired && proven
}

func (s KeySet) key(kid string) any {
	if key, known := s.keys[kid]; known {
		return key
	}
	return nil
}

// marshal is given public keys alone, so that no option of the library can
// publish more.
func (s KeySet) marshal() []byte {
	published := jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{}}
	for _, kid := range slices.Sorted(maps.Keys(s.keys)) {
		key, err := jwkset.NewJWKFromKey(s.keys[kid], jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{ALG: jwkset.AlgES256, KID: kid, USE: jwkset.UseSig},
		})
		if err != nil {
			panic(err) // unreachable: the key is on P-256
		}
		published.Keys = append(published.Keys, key.Marshal())
	}
	text, err := json.Marshal(published)
	if err != nil {
		panic(err) // unreachable: texts only
	}
	return text
}
