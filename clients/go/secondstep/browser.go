package secondstep

import (
	"net/http"
	"strings"

	countersign "github.com/countersign/countersign/clients/go"
)

func (h Handler) readBrowser(r *http.Request) string {
	if h.Browser == nil {
		return ""
	}
	return h.Browser.Read(r)
}

func (h Handler) keepBrowser(w http.ResponseWriter, d countersign.Decision) {
	if h.Browser != nil {
		h.Browser.Keep(w, d)
	}
}

// remember has the browser of a login that was proven remembered. The login stands
// whatever comes of it.
func (h Handler) remember(w http.ResponseWriter, r *http.Request, login Login, token string) {
	if h.Browser == nil {
		return
	}
	issued, err := h.Client.RememberBrowser(r.Context(), login.UserID, token, browserName(r.UserAgent()))
	if err != nil {
		logger(h.Log).Warn("secondstep: a browser is not remembered", "user", login.UserID, "error", err)
		return
	}
	h.Browser.Set(w, issued)
}

// browserName is what people call a browser, by the words that are in what it says
// of itself. The more special ones come first: most claim to be Chrome and Safari.
func browserName(agent string) string {
	return firstOf(agent, "Browser", "Edg", "Edge", "OPR", "Opera", "Firefox", "Firefox", "Chrome", "Chrome", "Safari", "Safari") +
		firstOf(agent, "", "Android", " on Android", "iPhone", " on iPhone", "iPad", " on iPad", "Windows", " on Windows", "Mac OS", " on a Mac", "Linux", " on Linux")
}

// firstOf returns what goes with the first of the words that is in the text.
func firstOf(text, otherwise string, wordsAndNames ...string) string {
	for i := 0; i+1 < len(wordsAndNames); i += 2 {
		if strings.Contains(text, wordsAndNames[i]) {
			return wordsAndNames[i+1]
		}
	}
	return otherwise
}
