package apptest

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"testing"
	"time"
)

// Authenticator is an authenticator app, written from RFC 4226 and RFC 6238 and
// nothing else: it shares no code with what it is tested against.
type Authenticator struct {
	secret []byte
	clock  *Clock
	// Ahead is how far the clock of the device is ahead of the server's.
	Ahead time.Duration
}

// Scan reads an otpauth URI.
func Scan(t testing.TB, clock *Clock, uri string) *Authenticator {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	if err != nil {
		t.Fatal(err)
	}
	return &Authenticator{secret: secret, clock: clock}
}

// Code returns what the app shows that many steps from now.
func (a *Authenticator) Code(steps int) string {
	counter := a.clock.Now().Add(a.Ahead).Unix()/int64(stepLength/time.Second) + int64(steps)
	mac := hmac.New(sha1.New, a.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	at := sum[19] & 0x0f
	number := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000)
}

// Fresh waits for the next code, by setting the clock, and returns it: a code
// that cannot have been spent.
func (a *Authenticator) Fresh() string {
	a.clock.Advance(stepLength)
	return a.Code(0)
}

// Pair waits for two codes that cannot have been spent, and returns them.
func (a *Authenticator) Pair() []string {
	a.clock.Advance(2 * stepLength)
	return []string{a.Code(-1), a.Code(0)}
}

// Wrong returns a code that the app shows at no step near now.
func (a *Authenticator) Wrong() string {
	near := map[string]bool{}
	for step := -60; step <= 60; step++ {
		near[a.Code(step)] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !near[code] {
			return code
		}
	}
}
