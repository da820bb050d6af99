package token

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

const (
	// browserPrefix tells scanners for leaked secrets what they have found.
	browserPrefix = "csb_"
	// browserPart is the length in bytes of either part of a browser's secret: 128
	// bits, which nobody guesses.
	browserPart    = 16
	redactedSecret = "[browser secret]"
)

// browserSecret is what a remembered browser presents: the series, which finds it,
// and the token, which changes with each use. It prints as "[browser secret]".
type browserSecret [2 * browserPart]byte

// newBrowserSecret begins a series.
func newBrowserSecret() (s browserSecret) {
	_, _ = rand.Read(s[:])
	return s
}

// parseBrowserSecret reads a secret in its one spelling.
func parseBrowserSecret(text string) (s browserSecret, ok bool) {
	encoded, ok := strings.CutPrefix(text, browserPrefix)
	if !ok {
		return browserSecret{}, false
	}
	read, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || len(read) != len(s) {
		return browserSecret{}, false
	}
	s = browserSecret(read)
	return s, s.text() == text
}

// text is what the host keeps in a cookie.
func (s browserSecret) text() string {
	return browserPrefix + base64.RawURLEncoding.EncodeToString(s[:])
}

// successor is the secret of the same series that follows this one.
func (s browserSecret) successor(k keys.LookupKey, u domain.User, salt [16]byte) browserSecret {
	token := k.BrowserSuccessor(u.TenantID, u.ID, u.Incarnation, s[:], salt)
	return browserSecret(append(s[:browserPart:browserPart], token[:]...))
}

// seriesMAC and mac are what the part that stays, and all of it, are known by.
func (s browserSecret) seriesMAC(k keys.LookupKey, u domain.User) [16]byte {
	return k.BrowserMAC(u.TenantID, u.ID, u.Incarnation, s[:browserPart])
}

func (s browserSecret) mac(k keys.LookupKey, u domain.User) [16]byte {
	return k.BrowserMAC(u.TenantID, u.ID, u.Incarnation, s[:])
}

// browserOf finds the browser whose series the secret is of, among some of the
// user's; empty: there is none. How long that takes does not depend on which it is.
func (s *Tokens) browserOf(ctx context.Context, u domain.User, among []domain.RememberedBrowser, shown browserSecret) (found string, k keys.LookupKey, err error) {
	for _, b := range among {
		key, err := s.keys.LookupKey(ctx, b.KeyID)
		if err != nil {
			return "", keys.LookupKey{}, err
		}
		mac := shown.seriesMAC(key, u)
		if subtle.ConstantTimeCompare(b.Series[:], mac[:]) == 1 {
			found, k = b.ID, key
		}
	}
	return found, k, nil
}

// String returns "[browser secret]".
func (s browserSecret) String() string { return redactedSecret }

// GoString returns "[browser secret]".
func (s browserSecret) GoString() string { return redactedSecret }

// LogValue is "[browser secret]".
func (s browserSecret) LogValue() slog.Value { return slog.StringValue(redactedSecret) }

// Format writes "[browser secret]" whatever the verb.
func (s browserSecret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedSecret) }
