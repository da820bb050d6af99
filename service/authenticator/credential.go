package authenticator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"slices"

	"github.com/countersign/countersign/service/authenticator/internal/response"
)

// scalarSize is that of a private key on P-256.
const scalarSize = 32

// newCredential returns the id of a new credential: the user handle, encrypted so that this
// authenticator alone can read it and knows its own (section 4, "Credential ID", second form). It is
// bound to the relying party.
func (a *Authenticator) newCredential(rpID string, userHandle []byte) ([]byte, error) {
	aead, err := a.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, userHandle, []byte(rpID)), nil //nolint:gosec // G407: this AEAD takes no nonce and draws one
}

// first returns the first credential that is this authenticator's own, with its user handle.
func (a *Authenticator) first(rpID string, of []descriptor) (id, userHandle []byte, found bool) {
	aead, err := a.aead()
	if err != nil {
		return nil, nil, false
	}
	for _, c := range of {
		userHandle, err = aead.Open(nil, nil, c.ID, []byte(rpID))
		if err == nil && c.Type == publicKey {
			return c.ID, userHandle, true
		}
	}
	return nil, nil, false
}

func (a *Authenticator) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(derive(a.key, "credential id", 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// privateKey returns the key of a credential. One in 2^32 candidates is no private key of the curve and
// the next one is taken (FIPS 186-5, appendix A.2.2).
func (a *Authenticator) privateKey(id []byte) (key response.ES256, err error) {
	candidates := derive(a.key, "private key "+string(id), 4*scalarSize)
	for candidate := range slices.Chunk(candidates, scalarSize) {
		if key.PrivateKey, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), candidate); err == nil {
			break
		}
	}
	return key, err
}
