package stepup

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// largestSet is beyond every set of the service, which has a handful of keys.
const largestSet = 256 << 10

// fetch reads the published keys. A set without any is no answer of the service:
// it would make every token invalid.
func fetch(ctx context.Context, client *http.Client, address string) (map[string]*ecdsa.PublicKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Cache-Control", "no-cache") // a cache between us would add its age to ours
	response, err := client.Do(request)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", address, response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, largestSet))
	if err != nil {
		return nil, err
	}
	known := parseSet(text)
	if len(known) == 0 {
		return nil, fmt.Errorf("%s has no key of Countersign", address)
	}
	return known, nil
}

func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// parseSet returns the keys that sign step-up tokens, by id. Others are passed
// over: a later service may publish further kinds (RFC 7517, section 5).
func parseSet(text []byte) map[string]*ecdsa.PublicKey {
	var set struct{ Keys []jwk }
	if json.Unmarshal(text, &set) != nil {
		return nil
	}
	known := map[string]*ecdsa.PublicKey{}
	for _, j := range set.Keys {
		if key := j.publicKey(); key != nil {
			known[j.Kid] = key
		}
	}
	return known
}

type jwk struct{ Kty, Crv, X, Y, Kid, Use, Alg string }

// publicKey is nil unless the key is what the service signs with, and its id is
// its thumbprint: two keys cannot have one id, nor one key another's.
func (j jwk) publicKey() *ecdsa.PublicKey {
	if j.Kty != "EC" || j.Crv != "P-256" || j.Alg != "ES256" || j.Use != "sig" || j.Kid != thumbprint(j.X, j.Y) {
		return nil
	}
	x, errX := base64.RawURLEncoding.Strict().DecodeString(j.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(j.Y)
	if errX != nil || errY != nil || len(x) != 32 || len(y) != 32 {
		return nil
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil
	}
	return key
}

// thumbprint hashes the required members in lexical order (RFC 7638, section 3).
func thumbprint(x, y string) string {
	hash := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + x + `","y":"` + y + `"}`))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
