package factorfile

import (
	"time"

	"github.com/countersign/countersign/service/domain"
)

// The bounds of a period in seconds, as files have it.
const (
	minPeriod = int(domain.MinOTPPeriod / time.Second)
	maxPeriod = int(domain.MaxOTPPeriod / time.Second)
)

// What a format means that says nothing of it.
const (
	defaultAlgorithm = "SHA1"
	defaultDigits    = 6
	defaultPeriod    = 30 // seconds
)

// Record is one factor of a file, or why what stands there is none.
type Record struct {
	// Number is the line of the record in files of PrivacyIDEACSV, OTPAuth and CSV,
	// else its position among the records of the file: a line of OTPAuthMigration
	// has several. It counts from 1, and is
	// never that of another record.
	Number int

	// UserID, Username and Email are what the file says of whose factor it is;
	// empty where it does not. A file that has one name only, of which nobody
	// knows what it is (otpauth, otpauth-migration, PSKC), gives it as all that
	// it may be: as UserID, as Username, and with an @ as Email. They are as in
	// the file, and not longer than 1,000 bytes; the names, not the UserID, without
	// the blanks around them in formats of text.
	UserID, Username, Email string
	// EmailUnverified: the file says that nobody has verified that the address is
	// theirs.
	EmailUnverified bool

	Secret    Secret
	Algorithm string // SHA1, SHA256 or SHA512
	Digits    int    // 6 or 8
	Period    time.Duration

	// Name is what the user or the product calls the device; empty where the
	// file does not say. It has no control characters and at most 64 letters.
	Name string

	// Refusal is nil of a factor. A refused record has no secret.
	Refusal *Refusal
}

// Refusal says why a record is not taken over.
type Refusal struct {
	// Field is what is wrong, by the name that the format has for it.
	Field string
	// Detail says what is wrong and what to do about it. It quotes nothing of
	// the file.
	Detail string
}

// Error returns the field and the detail.
func (r *Refusal) Error() string { return r.Field + ": " + r.Detail }
