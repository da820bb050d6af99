package authenticatortest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"slices"

	"github.com/countersign/countersign/service/authenticator/internal/response"
)

// COSE algorithms that an authenticator does not have of itself.
const (
	algEdDSA = -8
	algES384 = -35
)

// OtherKey signs with another key than the credential's.
func OtherKey() Fault {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return signed(func(d *response.Draft) { d.Key = response.ES256{PrivateKey: key} })
}

// ES384 has a key on P-384 for its credentials, which is right where the options ask for one. The same
// Fault has to register and sign.
func ES384() Fault {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return withKey(es384{key})
}

// EdDSA has an Ed25519 key for its credentials, which is right where the options ask for one. The same
// Fault has to register and sign.
func EdDSA() Fault {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return withKey(edDSA{key})
}

// Algorithm has the credential's own key and says that it is for another algorithm, of -1 to -24.
func Algorithm(alg int) Fault {
	return rewriteCOSE(func(key []byte) {
		const at = 4 // a5 01 02 03 26: a map, kty EC2, alg ES256
		key[at] = 0x20 | byte(-1-alg)
	})
}

// OffCurve has a public key that is no point of its curve.
func OffCurve() Fault {
	return rewriteCOSE(func(key []byte) { key[len(key)-1] ^= 1 })
}

func withKey(k response.Key) Fault {
	return signed(func(d *response.Draft) {
		old := d.Key.COSE()
		d.Key = k
		if data, found := bytes.CutSuffix(d.AuthenticatorData, old); found {
			d.AuthenticatorData = slices.Concat(data, k.COSE())
		}
	})
}

func rewriteCOSE(change func(key []byte)) Fault {
	return signed(func(d *response.Draft) {
		size := len(d.Key.COSE())
		change(d.AuthenticatorData[len(d.AuthenticatorData)-size:])
	})
}

type es384 struct{ *ecdsa.PrivateKey }

func (es384) Algorithm() int { return algES384 }

func (k es384) COSE() []byte {
	point, err := k.PublicKey.Bytes()
	if err != nil {
		panic(err) // no curve but P-384 gets here
	}
	const p384 = 2
	return response.EC2(algES384, p384, point)
}

func (k es384) SPKI() ([]byte, error) { return x509.MarshalPKIXPublicKey(&k.PublicKey) }

func (k es384) Sign(data []byte) ([]byte, error) {
	digest := sha512.Sum384(data)
	return ecdsa.SignASN1(rand.Reader, k.PrivateKey, digest[:])
}

type edDSA struct{ ed25519.PrivateKey }

func (edDSA) Algorithm() int { return algEdDSA }

// COSE returns {1: OKP, 3: EdDSA, -1: Ed25519, -2: x} (RFC 9053, section 7.2).
func (k edDSA) COSE() []byte {
	return append([]byte{0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32}, k.Public().(ed25519.PublicKey)...)
}

func (k edDSA) SPKI() ([]byte, error) { return x509.MarshalPKIXPublicKey(k.Public()) }

func (k edDSA) Sign(data []byte) ([]byte, error) { return ed25519.Sign(k.PrivateKey, data), nil }
