package countersign

import (
	"net/http"
	"time"
)

const (
	// DefaultBrowserCookie is the name of the cookie of a remembered browser. Browsers
	// take the prefix only from the host itself, by https and for the whole host, so
	// that no neighbour under the same domain can plant one (RFC 6265bis, section
	// 4.1.3.2).
	DefaultBrowserCookie = "__Host-countersign-browser"
	insecureCookie       = "countersign-browser"
	longestSecret        = 512
)

// BrowserCookie is the cookie in which a host keeps the secret of a remembered
// browser: first-party, hidden from scripts, sent with no request that another site
// makes but a followed link. The zero BrowserCookie is ready for use.
//
// Leave it where it is when somebody logs out: that ends a session, and the browser
// stays remembered for the next login, which begins with the password. Who wants
// more forgets the browser, see [Client.ForgetRememberedBrowser].
type BrowserCookie struct {
	// Name is [DefaultBrowserCookie] unless set. One with the prefix __Host- is not
	// kept by browsers where Insecure is set.
	Name string
	// Insecure is for development by plain http: the cookie is not Secure, and its
	// name has no prefix unless set.
	Insecure bool
}

// Read returns the secret that a request shows, for DecisionRequest; empty: none.
func (b BrowserCookie) Read(r *http.Request) string {
	cookie, err := r.Cookie(b.name())
	if err != nil || len(cookie.Value) > longestSecret { // no secret; and no reason to refuse a login
		return ""
	}
	return cookie.Value
}

// Keep makes the browser keep the secret that a decision came with, if it did. Call
// it with each decision, before the body is written.
func (b BrowserCookie) Keep(w http.ResponseWriter, d Decision) {
	if d.RememberedBrowser != nil {
		b.set(w, d.RememberedBrowser.Secret, d.RememberedBrowser.ExpiresAt)
	}
}

// Set makes the browser keep the secret of a browser that was remembered just now.
func (b BrowserCookie) Set(w http.ResponseWriter, issued IssuedBrowser) {
	b.set(w, issued.Secret, issued.ExpiresAt)
}

func (b BrowserCookie) set(w http.ResponseWriter, secret string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // G124: Secure, but where the host is developed
		Name: b.name(), Value: secret, Path: "/", MaxAge: max(int(time.Until(expires)/time.Second), -1),
		HttpOnly: true, Secure: !b.Insecure, SameSite: http.SameSiteLaxMode,
	})
}

func (b BrowserCookie) name() string {
	switch {
	case b.Name != "":
		return b.Name
	case b.Insecure:
		return insecureCookie
	}
	return DefaultBrowserCookie
}
