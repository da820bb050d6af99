package factortest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Device is an authenticator of any parameters, written from RFC 4226 and RFC 6238 and
// nothing else: it shares no code with what it is tested against.
type Device struct {
	Secret    []byte
	Algorithm domain.OTPAlgorithm
	Digits    int
	Period    time.Duration
}

// NewDevice has a secret of 160 bits.
func NewDevice(algorithm domain.OTPAlgorithm, digits int, period time.Duration) Device {
	secret := make([]byte, 20)
	_, _ = rand.Read(secret)
	return Device{Secret: secret, Algorithm: algorithm, Digits: digits, Period: period}
}

// Token is a common hardware token: SHA-256, eight digits, a minute.
func Token() Device { return NewDevice(domain.SHA256, 8, time.Minute) }

// Quick is a device that changes its codes often: SHA-512, six digits, 15 seconds.
func Quick() Device { return NewDevice(domain.SHA512, 6, 15*time.Second) }

// Plain has the parameters of what is enrolled here.
func Plain() Device { return NewDevice(domain.SHA1, 6, 30*time.Second) }

// StepAt is RFC 6238's T of a time.
func (d Device) StepAt(t time.Time) int64 { return t.Unix() / int64(d.Period/time.Second) }

// CodeAt is what the device shows at a step (RFC 4226, section 5.3).
func (d Device) CodeAt(step int64) string {
	mac := hmac.New(d.hash(), d.Secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	number := int(binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff)
	power := 1
	for range d.Digits {
		power *= 10
	}
	return fmt.Sprintf("%0*d", d.Digits, number%power)
}

func (d Device) hash() func() hash.Hash {
	switch d.Algorithm {
	case domain.SHA256:
		return sha256.New
	case domain.SHA512:
		return sha512.New
	}
	return sha1.New
}
