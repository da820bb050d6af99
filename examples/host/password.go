package main

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// hash is a password as it is kept: PBKDF2 with HMAC-SHA-256, as many rounds as
// OWASP's Password Storage Cheat Sheet asks, and a salt of its own. Its text is
// pbkdf2-sha256$ROUNDS$SALT$KEY.
type hash struct {
	rounds    int
	salt, key []byte
}

const (
	scheme     = "pbkdf2-sha256"
	rounds     = 600_000
	saltLength = 16 // bytes
)

// nobody is compared with where there is no user.
var nobody = derive("", make([]byte, 16))

func derive(password string, salt []byte) hash {
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		panic(err) // only for sizes that FIPS does not allow
	}
	return hash{rounds, salt, key}
}

func (h hash) matches(password string) bool {
	key, err := pbkdf2.Key(sha256.New, password, h.salt, h.rounds, len(h.key))
	return err == nil && subtle.ConstantTimeCompare(key, h.key) == 1
}

// MarshalText writes the text of a hash.
func (h hash) MarshalText() ([]byte, error) {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Appendf(nil, "%s$%d$%s$%s", scheme, h.rounds, encode(h.salt), encode(h.key)), nil
}

// UnmarshalText reads the text of a hash.
func (h *hash) UnmarshalText(text []byte) error {
	parts := strings.Split(string(text), "$")
	if len(parts) != 4 || parts[0] != scheme {
		return errors.New("a password is not a hash of " + scheme)
	}
	var errs [3]error
	h.rounds, errs[0] = strconv.Atoi(parts[1])
	h.salt, errs[1] = base64.RawStdEncoding.DecodeString(parts[2])
	h.key, errs[2] = base64.RawStdEncoding.DecodeString(parts[3])
	if err := errors.Join(errs[:]...); err != nil || len(h.key) != sha256.Size {
		return errors.Join(errors.New("a hash is not whole"), err)
	}
	return nil
}
