package secondstep

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
)

const longestBody = 4 << 10

// posted reports whether a request is a POST of a page of the host's own; else it
// has answered.
func posted(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed)
	case !sameOrigin(r):
		refuse(w, http.StatusForbidden)
	default:
		return true
	}
	return false
}

// sameOrigin is what http.CrossOriginProtection asks, but that a request with
// neither header is refused: with POST, browsers send one of them (Fetch,
// append a request Origin header).
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host
}

// proofRequest is what comes with a token.
type proofRequest struct {
	RememberBrowser bool `json:"remember_browser"`
}

// readProof reads the body; an empty one asks for nothing.
func readProof(w http.ResponseWriter, r *http.Request) (asked proofRequest, readable bool) {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestBody)).Decode(&asked)
	return asked, err == nil || errors.Is(err, io.EOF)
}
