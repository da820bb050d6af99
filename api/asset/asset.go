// Package asset is what comes with the program for browsers to read: files that
// are the same for everybody. It knows no HTTP.
package asset

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// File is one as it is answered. It must not be modified.
type File struct {
	ContentType string
	ETag        string // without its quotes
	Body        []byte
	Compressed  func() []byte // by gzip, when it is first asked for; nil where that saves nothing
}

// New returns a file.
func New(contentType string, body []byte) File {
	digest := sha256.Sum256(body)
	file := File{ContentType: contentType, ETag: hex.EncodeToString(digest[:16]), Body: body}
	if contentType != "image/png" {
		file.Compressed = sync.OnceValue(func() []byte { return compress(body) })
	}
	return file
}

func compress(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // fails for unknown levels
	_, _ = w.Write(body)                                    // memory takes everything
	_ = w.Close()
	return out.Bytes()
}
