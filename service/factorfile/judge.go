package factorfile

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/service/domain"
)

const (
	maxUserBytes = 1000
	maxNameRunes = 64
)

// refuse keeps the first mistake: the ones after it are often its consequence.
func (r *Record) refuse(field, detail string) {
	if r.Refusal == nil {
		r.Refusal = &Refusal{Field: field, Detail: detail}
	}
}

// judged is the record as it is told to the caller.
func (r Record) judged() Record {
	for _, user := range []string{r.UserID, r.Username, r.Email} {
		if len(user) > maxUserBytes || !printable(user) {
			r.refuse("user", "The user's name is longer than 1,000 bytes or has characters that do not print. Correct it in the file.")
			r.UserID, r.Username, r.Email = "", "", ""
		}
	}
	if r.UserID == "" && r.Username == "" && r.Email == "" {
		r.refuse("user", "The file does not say whose factor it is. Add the user, and import it again.")
	}
	r.Name = cleanName(r.Name)
	if r.Refusal != nil {
		return Record{Number: r.Number, UserID: r.UserID, Username: r.Username, Email: r.Email, Name: r.Name, Refusal: r.Refusal}
	}
	return r
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) && !strings.ContainsAny(s, "\ufffe\uffff")
}

// cleanName is a name without what a factor's name may not have: no factor is
// refused for what somebody called a device.
func cleanName(name string) string {
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, name)
	runes := []rune(strings.TrimSpace(name))
	return strings.TrimSpace(string(runes[:min(len(runes), maxNameRunes)]))
}

// takeType accepts TOTP alone.
func (r *Record) takeType(field, kind string) {
	switch strings.ToLower(kind) {
	case "totp":
	case "hotp":
		r.refuse(field, "The factor is HOTP, which counts its uses; only TOTP, which goes by time, is taken over. Let the user enroll again.")
	default:
		r.refuse(field, "The factor is not TOTP, and nothing else is taken over. Let the user enroll again.")
	}
}

func (r *Record) takeSecret(field string, key []byte) {
	switch {
	case len(key) == 0:
		r.refuse(field, "There is no secret. Export it again with the secrets, or let the user enroll again.")
	case len(key) < domain.MinOTPSecret:
		r.refuse(field, "The secret has fewer than 80 bits, which is too easy to guess. Let the user enroll again.")
	case len(key) > domain.MaxOTPSecret:
		r.refuse(field, "The secret has more than 512 bits. Let the user enroll again.")
	}
	r.Secret = NewSecret(key)
}

var (
	unpadded = base32.StdEncoding.WithPadding(base32.NoPadding)
	groups   = strings.NewReplacer(" ", "", "-", "")
)

// takeBase32 reads base32 as people and apps write it: RFC 4648, section 6, in
// either case, with blanks or hyphens between groups, padded or not.
func (r *Record) takeBase32(field, text string) {
	key, err := unpadded.DecodeString(strings.ToUpper(strings.TrimRight(groups.Replace(text), "=")))
	if err != nil {
		r.refuse(field, "The secret is not base32 (A to Z and 2 to 7). Copy it again from where it comes.")
		return
	}
	r.takeSecret(field, key)
}

var (
	algorithms = []string{"SHA1", "SHA256", "SHA512"}
	hashNames  = strings.NewReplacer("-", "", "_", "", "HMAC", "")
)

// takeAlgorithm reads the names that products have for a hash: SHA1, SHA-1,
// HmacSHA1, HMAC-SHA-1, sha1.
func (r *Record) takeAlgorithm(field, name string) {
	name = hashNames.Replace(strings.ToUpper(strings.TrimSpace(name)))
	if !slices.Contains(algorithms, name) {
		r.refuse(field, "The hash is none of SHA1, SHA256 and SHA512. Let the user enroll again.")
		return
	}
	r.Algorithm = name
}

func (r *Record) takeDigits(field string, n int) {
	if n != 6 && n != 8 {
		r.refuse(field, "A code has neither 6 nor 8 digits. Let the user enroll again.")
		return
	}
	r.Digits = n
}

func (r *Record) takePeriod(field string, seconds int) {
	if seconds < minPeriod || seconds > maxPeriod {
		r.refuse(field, fmt.Sprintf("A code does not count for %d to %d seconds. Let the user enroll again.", minPeriod, maxPeriod))
		return
	}
	r.Period = time.Duration(seconds) * time.Second
}

// takeAny gives the one name that a file has for a user as all that it may be. Ids
// are compared byte by byte: blanks at their ends are theirs.
func (r *Record) takeAny(name string) {
	r.UserID = name
	name = strings.TrimSpace(name)
	r.Username = name
	if strings.Contains(name, "@") {
		r.Email = name
	}
}
