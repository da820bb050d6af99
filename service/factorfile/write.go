package factorfile

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"filippo.io/age"
)

// ageWork is the logarithm of what scrypt does, age's own default: a guess takes
// a second and 256 MiB.
var ageWork = 18

// writer writes one file. Nothing may be left out of what add was called with
// once end has returned nil.
type writer interface {
	add(r Record) error
	end() error
}

// Write writes records in one of [WrittenFormats], encrypted unless o.Plain: PSKC
// as RFC 6030 has it, the others by age. PSKC and OTPAuth have room for one name
// of a user, which is the UserID, else the Username, else the Email; OTPAuth has
// none for the factor's. An error of records ends it, and leaves half a file, as
// does one of w.
func Write(f Format, w io.Writer, records iter.Seq2[Record, error], o Options) error {
	out, err := newWriter(f, w, o)
	if err != nil {
		return err
	}
	written := 0
	for r, err := range records {
		if err != nil {
			return err
		}
		written++
		if err := writable(r); err != nil {
			return fmt.Errorf("factorfile: record %d is not written: %w", written, err)
		}
		if err := out.add(r); err != nil {
			return err
		}
	}
	return out.end()
}

func newWriter(f Format, w io.Writer, o Options) (writer, error) {
	if !slices.Contains(WrittenFormats(), f) {
		return nil, fileError("This format is not written. Use pskc, otpauth or csv.")
	}
	if !o.Plain && o.Password.Len() == 0 && (f != PSKC || o.Key.Len() == 0) {
		return nil, fileError("Give a password for the file, or ask for one that is not encrypted.")
	}
	if f == PSKC {
		return newPSKCWriter(w, o)
	}
	if o.Plain {
		return newLineWriter(f, w, nil, o)
	}
	recipient, err := age.NewScryptRecipient(string(o.Password.bytes))
	if err != nil {
		return nil, fileError("age does not take this password. Give another one.")
	}
	recipient.SetWorkFactor(ageWork)
	encrypted, err := age.Encrypt(w, recipient)
	if err != nil {
		return nil, err
	}
	return newLineWriter(f, encrypted, encrypted, o)
}

// writable holds records to what is read: a file that nobody takes back is worth
// nothing.
func writable(r Record) error {
	key := r.Secret.bytes
	check := Record{UserID: r.UserID, Username: r.Username, Email: r.Email, Refusal: r.Refusal}
	check.takeSecret("secret", key)
	check.takeAlgorithm("algorithm", r.Algorithm)
	check.takeDigits("digits", r.Digits)
	check.takePeriod("period", int(r.Period/time.Second))
	if r.Period%time.Second != 0 {
		check.refuse("period", "It is not a whole number of seconds.")
	}
	if refusal := check.judged().Refusal; refusal != nil {
		return refusal
	}
	return nil
}

// oneName is what a format writes that has room for one.
func (r Record) oneName() string {
	return valueOr(r.UserID, valueOr(r.Username, r.Email))
}
