package main

import (
	"strings"

	"github.com/countersign/countersign/cmd/countersign/internal/environment"
	"github.com/countersign/countersign/service/domain"
)

const (
	// bootstrapBits is what a service key of our own making has.
	bootstrapBits = 256
	// distinctCharacters is what even 32 random hex digits practically always
	// exceed, and "aaaa..." or "abcabc..." never.
	distinctCharacters = 8
	// longestBootstrapKey fits into a header with room to spare.
	longestBootstrapKey = 1024

	serviceKeyPrefix = "csk_"
)

// checkBootstrapKey refuses keys that could be guessed, and those that would be
// read as another credential. Strength is estimated by alphabet and length:
// nobody can tell from a text how it was made.
func checkBootstrapKey(key, tenant string) error {
	secret := key
	if rest, ok := strings.CutPrefix(key, serviceKeyPrefix); ok {
		if secret, ok = strings.CutPrefix(rest, tenant+"_"); !ok {
			return usagef("%s is the service key of another tenant than COUNTERSIGN_BOOTSTRAP_TENANT", environment.BootstrapKey)
		}
	}
	switch {
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return usagef("%s must be printable ASCII without spaces; make one with: openssl rand -hex 32", environment.BootstrapKey)
	case strings.HasPrefix(key, domain.OperatorKeyPrefix):
		return usagef("%s has the form of an operator key, which is of no tenant; make one with: openssl rand -hex 32", environment.BootstrapKey)
	case strings.Count(key, ".") == 2:
		return usagef("%s has the form of a ticket, with two dots; make one with: openssl rand -hex 32", environment.BootstrapKey)
	case len(key) > longestBootstrapKey:
		return usagef("%s must have at most %d characters; make one with: openssl rand -hex 32", environment.BootstrapKey, longestBootstrapKey)
	case estimatedBits(secret) < bootstrapBits || distinct(secret) < distinctCharacters:
		return usagef("%s must have at least %d random bits; make one with: openssl rand -hex 32", environment.BootstrapKey, bootstrapBits)
	}
	return nil
}

// estimatedBits counts each character by the smallest usual alphabet that has
// them all.
func estimatedBits(text string) float64 {
	perCharacter := 6.0 // base64, base64url and whatever is larger
	switch {
	case consistsOf(text, "0123456789"):
		perCharacter = 3.32
	case consistsOf(text, "0123456789abcdef"), consistsOf(text, "0123456789ABCDEF"):
		perCharacter = 4
	case consistsOf(text, "abcdefghijklmnopqrstuvwxyz234567"), consistsOf(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
		perCharacter = 5
	}
	return perCharacter * float64(len(text))
}

func consistsOf(text, alphabet string) bool {
	return strings.Trim(text, alphabet) == ""
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}
