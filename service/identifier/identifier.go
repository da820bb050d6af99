// Package identifier makes what rows are named by: random identifiers, and those of
// events, which sort by time.
package identifier

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
)

// New returns a random identifier with a prefix that says what it names.
func New(prefix string) string {
	random := make([]byte, 15)
	rand.Read(random)
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(random))
}

// Incarnation returns a random positive number.
func Incarnation() int64 {
	var random [8]byte
	rand.Read(random[:])
	return int64(binary.BigEndian.Uint64(random[:]) >> 1)
}
