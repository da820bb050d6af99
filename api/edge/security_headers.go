package edge

import "net/http"

// setCommonHeaders sets the headers that browsers heed, and the id of the
// request. What may be kept, or framed, or run scripts, says so itself later.
func setCommonHeaders(header http.Header, known *call) {
	header.Set("X-Request-Id", known.requestID)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	if known.https {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
