package docs_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// receiver takes what a webhook with the secret sends. Keep must take an id once.
func receiver(secret string, keep func(id string, event []byte) error) (http.HandlerFunc, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return nil, errors.New("the secret of a webhook is whsec_ and 24 bytes or more in base64")
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		id, sent := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
		seconds, wrong := strconv.ParseInt(sent, 10, 64)
		age := time.Since(time.Unix(seconds, 0)).Abs()
		if err != nil || wrong != nil || age > 5*time.Minute || !signed(key, id+"."+sent+"."+string(body), r.Header.Get("webhook-signature")) {
			http.Error(w, "not signed by this webhook's secret", http.StatusBadRequest)
			return
		}
		if err := keep(id, body); err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent) // now, and work on it afterwards
	}, nil
}

// signed reports whether one of the signatures is that of the key.
func signed(key []byte, content, signatures string) bool {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(content))
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.ContainsFunc(strings.Fields(signatures), func(got string) bool { return hmac.Equal([]byte(got), []byte(want)) })
}
