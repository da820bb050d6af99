package passkey

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// shortestRSA is the least number of bits that is taken (NIST SP 800-131A).
const shortestRSA = 2048

// usable reports whether a COSE key can sign what it says it does: of its
// algorithm's type, and on its curve (RFC 9053, sections 2 and 7). One that cannot
// would be found at the first login alone, when its owner has nothing else.
func usable(cose []byte) bool {
	parsed, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return false
	}
	switch key := parsed.(type) {
	case webauthncose.EC2PublicKeyData:
		if key.Algorithm != int64(webauthncose.AlgES256) || key.Curve != int64(webauthncose.P256) || len(key.XCoord) != 32 || len(key.YCoord) != 32 {
			return false
		}
		_, err := ecdh.P256().NewPublicKey(slices.Concat([]byte{4}, key.XCoord, key.YCoord))
		return err == nil
	case webauthncose.OKPPublicKeyData:
		return key.Algorithm == int64(webauthncose.AlgEdDSA) && len(key.XCoord) == ed25519.PublicKeySize
	case webauthncose.RSAPublicKeyData:
		return key.Algorithm == int64(webauthncose.AlgRS256) && new(big.Int).SetBytes(key.Modulus).BitLen() >= shortestRSA
	}
	return false
}
