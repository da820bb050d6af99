package main

import (
	"log/slog"
	"net/http"
	"strings"

	countersign "github.com/countersign/countersign/clients/go"
)

// browser is the cookie of a remembered browser. Hosts on other ports of this
// machine share its cookies, and have names of their own.
func (a *app) browser() countersign.BrowserCookie {
	name := a.tenant + "-browser"
	if a.https {
		name = "__Host-" + name
	}
	return countersign.BrowserCookie{Name: name, Insecure: !a.https}
}

// remember has the browser of a login that was proven remembered, where its user
// asked for that. The login stands whatever comes of it.
func (a *app) remember(w http.ResponseWriter, r *http.Request, s session, token string) {
	if r.URL.Query().Get("remember") == "" {
		return
	}
	issued, err := a.client.RememberBrowser(r.Context(), s.user.ID, token, browserName(r.UserAgent()))
	if err != nil {
		slog.Warn("a browser is not remembered", "user", s.user.ID, "error", err)
		return
	}
	a.browser().Set(w, issued)
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
