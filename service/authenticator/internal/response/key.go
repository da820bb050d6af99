package response

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
)

// Key is the private key of a credential.
type Key interface {
	Algorithm() int // as registered for COSE
	COSE() []byte   // the public key as COSE_Key, in the canonical form of CTAP2
	SPKI() ([]byte, error)
	Sign(data []byte) ([]byte, error)
}

// AlgES256 is ECDSA on P-256 with SHA-256 (RFC 9053, section 2.1).
const AlgES256 = -7

// ES256 is the one algorithm that every relying party takes.
type ES256 struct{ *ecdsa.PrivateKey }

// Algorithm is AlgES256.
func (ES256) Algorithm() int { return AlgES256 }

// COSE returns the public key; its coordinates keep their leading zeros.
func (k ES256) COSE() []byte {
	point, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err) // no curve but P-256 gets here
	}
	const p256 = 1
	return EC2(AlgES256, p256, point)
}

// SPKI returns the public key as SubjectPublicKeyInfo.
func (k ES256) SPKI() ([]byte, error) { return x509.MarshalPKIXPublicKey(&k.PublicKey) }

// Sign returns an ASN.1 signature.
func (k ES256) Sign(data []byte) ([]byte, error) {
	digest := sha256.Sum256(data)
	return ecdsa.SignASN1(rand.Reader, k.PrivateKey, digest[:])
}

// EC2 returns the COSE_Key of an uncompressed point, whose coordinates both have the length that the
// curve demands (RFC 9053, section 7.1.1).
func EC2(algorithm, curve int, point []byte) []byte {
	const kty, alg, crv, x, y, ec2 = 1, 3, -1, -2, -3, 2
	size := len(point) / 2
	key := cborHead(nil, cborMap, 5)
	for _, label := range [][2]int{{kty, ec2}, {alg, algorithm}, {crv, curve}} {
		key = cborInt(cborInt(key, label[0]), label[1])
	}
	key = cborBytes(cborInt(key, x), point[1:1+size])
	return cborBytes(cborInt(key, y), point[1+size:])
}
