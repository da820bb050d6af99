package apptest

import (
	"encoding/base32"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/factortest"
)

// Authenticator is an authenticator in the hands of a user: an app, or a device of other
// parameters.
type Authenticator struct {
	device factortest.Device
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
	app := factortest.Plain()
	app.Secret = secret
	return &Authenticator{device: app, clock: clock}
}

// Code returns what the device shows that many of its steps from now.
func (a *Authenticator) Code(steps int) string {
	return a.device.CodeAt(a.device.StepAt(a.clock.Now().Add(a.Ahead)) + int64(steps))
}

// Fresh waits for the next code, by setting the clock, and returns it: a code
// that cannot have been spent.
func (a *Authenticator) Fresh() string {
	a.clock.Advance(a.device.Period)
	return a.Code(0)
}

// Pair waits for two codes that cannot have been spent, and returns them.
func (a *Authenticator) Pair() []string {
	a.clock.Advance(2 * a.device.Period)
	return []string{a.Code(-1), a.Code(0)}
}

// Wrong returns a code that the app shows at no step near now.
func (a *Authenticator) Wrong() string {
	near := map[string]bool{}
	for step := -60; step <= 60; step++ {
		near[a.Code(step)] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%0*d", a.device.Digits, n); !near[code] {
			return code
		}
	}
}
