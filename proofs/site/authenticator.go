package site

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

// period is RFC 6238's X.
const period = 30

// StepAt is RFC 6238's T: how many periods t is after the epoch.
func StepAt(t time.Time) int64 { return StepOf(t.Unix()) }

// StepOf is the step of a second since the epoch.
func StepOf(second int64) int64 { return second / period }

// StepStart is when a step begins.
func StepStart(step int64) time.Time { return time.Unix(step*period, 0).UTC() }

// Authenticator is a device: RFC 4226, section 5.3, over RFC 6238, section 4, as they are written.
type Authenticator struct{ secret []byte }

// NewAuthenticator reads the secret as it is typed by hand.
func NewAuthenticator(secret string) (Authenticator, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return Authenticator{}, fmt.Errorf("the secret of a factor: %w", err)
	}
	return Authenticator{secret: raw}, nil
}

// Code is the code of a step.
func (a Authenticator) Code(step int64) string {
	mac := hmac.New(sha1.New, a.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	hs := mac.Sum(nil)
	offset := hs[len(hs)-1] & 0xf
	binCode := binary.BigEndian.Uint32(hs[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", binCode%1_000_000)
}

// Pair is the codes of a step and of the one after it.
func (a Authenticator) Pair(first int64) []string { return []string{a.Code(first), a.Code(first + 1)} }
