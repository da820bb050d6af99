package main

import (
	"net/http"
	"strings"
)

// headers go with every page. Scripts come from here and from Countersign, and
// from nowhere else: whatever runs in a page can read what is typed into it.
func (a *app) headers(next http.Handler) http.Handler {
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self' " + a.service, "connect-src 'self' " + a.service,
		"style-src 'self'", "img-src 'self' data:", // data: is the QR code
		"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
	}, "; ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store") // the way back shows what is, not what was
		next.ServeHTTP(w, r)
	})
}
