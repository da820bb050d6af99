package countersign_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const browserSecret = "csb_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"

// written is the Set-Cookie header of an answer, and the cookie in it.
func written(t *testing.T, set func(http.ResponseWriter)) (string, *http.Cookie) {
	t.Helper()
	w := httptest.NewRecorder()
	set(w)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies are set", len(cookies))
	}
	return w.Header().Get("Set-Cookie"), cookies[0]
}

func TestTheCookieOfABrowserIsTheHostsAloneAndHiddenFromScripts(t *testing.T) {
	t.Parallel()
	issued := countersign.IssuedBrowser{Secret: browserSecret, ExpiresAt: time.Now().Add(30 * 24 * time.Hour)}
	for name, c := range map[string]struct {
		cookie countersign.BrowserCookie
		begin  string
		secure bool
	}{
		"as it is":       {countersign.BrowserCookie{}, "__Host-countersign-browser=csb_", true},
		"another name":   {countersign.BrowserCookie{Name: "__Host-b"}, "__Host-b=csb_", true},
		"in development": {countersign.BrowserCookie{Insecure: true}, "countersign-browser=csb_", false},
	} {
		header, cookie := written(t, func(w http.ResponseWriter) { c.cookie.Set(w, issued) })
		lasts := time.Duration(cookie.MaxAge) * time.Second
		if !strings.HasPrefix(header, c.begin) || cookie.Secure != c.secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode ||
			cookie.Path != "/" || cookie.Domain != "" || lasts < 30*24*time.Hour-time.Minute || lasts > 30*24*time.Hour {
			t.Errorf("%s: %s", name, header)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(cookie)
		if got := c.cookie.Read(r); got != browserSecret {
			t.Errorf("%s: it is read as %q", name, got)
		}
	}
}

func TestADecisionThatComesWithASecretHasItKept(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	countersign.BrowserCookie{}.Keep(w, countersign.Decision{Outcome: countersign.Allow})
	if got := w.Header().Get("Set-Cookie"); got != "" {
		t.Errorf("without a secret: %s", got)
	}
	d := countersign.Decision{RememberedBrowser: &countersign.BrowserSecret{Secret: browserSecret, ExpiresAt: time.Now().Add(time.Hour)}}
	if _, cookie := written(t, func(w http.ResponseWriter) { countersign.BrowserCookie{}.Keep(w, d) }); cookie.Value != browserSecret || cookie.MaxAge > 3600 {
		t.Errorf("the cookie is %v", cookie)
	}
	d.RememberedBrowser.ExpiresAt = time.Now().Add(-time.Hour)
	if _, cookie := written(t, func(w http.ResponseWriter) { countersign.BrowserCookie{}.Keep(w, d) }); cookie.MaxAge != -1 {
		t.Errorf("one that is over is kept for %d s", cookie.MaxAge)
	}
}

// The service refuses what is longer, and the login with it.
func TestACookieThatCannotBeASecretIsNone(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"none": "", "another": "session=x", "a long one": "__Host-countersign-browser=" + strings.Repeat("x", 513),
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", header)
		if got := (countersign.BrowserCookie{}).Read(r); got != "" {
			t.Errorf("%s is read as %d bytes", name, len(got))
		}
	}
}
