package passkey

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// What RSA keys are taken: of fewer bits they are too weak (NIST SP 800-131A), and
// of more, or with another exponent, a wrong signature costs more than it costs to
// send.
const (
	shortestRSA = 2048
	longestRSA  = 4096
)

var exponentRSA = []byte{1, 0, 1} // 65537

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
		bits := new(big.Int).SetBytes(key.Modulus).BitLen()
		return key.Algorithm == int64(webauthncose.AlgRS256) && bits >= shortestRSA && bits <= longestRSA && bytes.Equal(key.Exponent, exponentRSA)
	}
	return false
}
