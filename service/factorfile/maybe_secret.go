package factorfile

import (
	"regexp"
	"strings"
)

var (
	base32Secret = regexp.MustCompile(`^[A-Z2-7]{16,}=*$`)
	hexSecret    = regexp.MustCompile(`^[0-9A-Fa-f]{32,}$`)
)

// MaybeSecret reports whether a text that a file has for a person could be a secret,
// as where two columns were taken for each other: base32 of 80 bits or more as people
// write it, or hexadecimal of 128 or more; of a UUID the hyphens tell. Without a
// digit, what is in lower case is a name.
func MaybeSecret(text string) bool {
	text = strings.TrimSpace(text)
	joined := groups.Replace(text)
	return hexSecret.MatchString(text) || base32Secret.MatchString(joined) ||
		strings.ContainsAny(joined, "234567") && base32Secret.MatchString(strings.ToUpper(joined))
}
