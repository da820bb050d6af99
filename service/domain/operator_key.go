package domain

import (
	"crypto/sha256"
	"time"
)

// OperatorKeyPrefix begins the text of every operator key, so that scanners for secrets
// find it and nothing takes it for another credential.
const OperatorKeyPrefix = "cso_"

// OperatorKey lets the API make tenants and their service keys, as the signup of a
// product does. It belongs to the installation and to no tenant, and opens no tenant's
// users. Its text has 256 random bits, of which a SHA-256 is stored.
type OperatorKey struct {
	ID   string
	Name string
	Hash [sha256.Size]byte
	KeyTerm
	CreatedBy string // the account at the command line
	RevokedBy string
}

// OperatorKeyInput describes an operator key to be.
type OperatorKeyInput struct {
	Name     string        // may be empty
	Lifetime time.Duration // a minute at least; 0: it does not expire
}

// Check refuses a key that could not be stored, or that would be over at once.
func (in OperatorKeyInput) Check() error { return checkKey(in.Name, in.Lifetime) }
