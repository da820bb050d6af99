package migration

import (
	"cmp"
	"fmt"
	"time"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/factorfile"
)

// strongSecret is what RFC 4226, section 4, R6 demands, in bytes. Many products make
// fewer, of which a code is no easier to guess.
const strongSecret = 16

// FactorLine is one line of an import: a TOTP factor of another product.
type FactorLine struct {
	Number    int // of the line, from 1
	UserID    string
	Secret    factorfile.Secret
	Algorithm domain.OTPAlgorithm // default: SHA1
	Digits    int                 // 6 or 8; default: 6
	Period    time.Duration       // 15 s to 120 s; default: 30 s
	Name      string              // default: what is usual
	// Replace puts it in the place of a factor of which no code was accepted here
	// yet.
	Replace bool
	// Person is whom a file names, in its own words; empty where UserID is all that
	// is known, and where the file has no factor there: in mixed up columns the
	// secret stands in the person's place. Of a refused line it and UserID are empty
	// if they could be a secret, and nobody is known by them.
	Person string
	// Refusal says why the line is no factor, or why it was not carried out; nil
	// where nothing is wrong with it. The rest may be empty then.
	Refusal *domain.Error
}

// Head is what the line says for whoever carries it out.
func (l FactorLine) Head() bulk.Head {
	return bulk.Head{Number: l.Number, UserID: l.UserID, Refused: l.Refusal != nil}
}

// Weak reports whether the secret has fewer than 128 bits.
func (l FactorLine) Weak() bool { return l.Secret.Len() < strongSecret }

// told is a refused line as it may be shown. Where nobody was found, what stands in
// the place of the person may be the secret: columns are taken for each other.
func (l FactorLine) told() FactorLine {
	if l.Refusal.Code != domain.CodeNotFound && l.Refusal.Code != domain.CodeInvalidRequest {
		return l
	}
	if factorfile.MaybeSecret(l.Person) {
		l.Person = ""
	}
	if factorfile.MaybeSecret(l.UserID) {
		l.UserID = ""
	}
	return l
}

// checked refuses what is no factor. An id that is none is not kept, so that
// nobody repeats it.
func (l FactorLine) checked() FactorLine {
	l.Algorithm = cmp.Or(l.Algorithm, domain.SHA1)
	l.Digits = cmp.Or(l.Digits, 6)
	l.Period = cmp.Or(l.Period, 30*time.Second)
	if l.Refusal == nil {
		l.Refusal = l.refusal()
	}
	if !domain.ValidUserID(l.UserID) {
		l.UserID = ""
	}
	return l
}

func (l FactorLine) refusal() *domain.Error {
	invalid := domain.ErrInvalidRequest.WithDetail
	switch {
	case !domain.ValidUserID(l.UserID):
		return domain.ErrUserID
	case l.Secret.Len() < domain.MinOTPSecret:
		return invalid("A secret has 80 bits at least, which are 16 characters of base32: a shorter one is too easy to guess. Let the user enroll again.")
	case l.Secret.Len() > domain.MaxOTPSecret:
		return invalid("A secret has 512 bits at most, which are 103 characters of base32. Let the user enroll again.")
	case l.Algorithm != domain.SHA1 && l.Algorithm != domain.SHA256 && l.Algorithm != domain.SHA512:
		return invalid("An algorithm is SHA1, SHA256 or SHA512.")
	case l.Digits != 6 && l.Digits != 8:
		return invalid("digits is 6 or 8.")
	case l.Period < domain.MinOTPPeriod || l.Period > domain.MaxOTPPeriod || l.Period%time.Second != 0:
		return invalid(fmt.Sprintf("period_seconds is %d to %d.", domain.MinOTPPeriod/time.Second, domain.MaxOTPPeriod/time.Second))
	case !domain.ValidText(l.Name, 0, domain.MaxFactorName):
		return invalid(fmt.Sprintf("A name has at most %d characters and %s", domain.MaxFactorName, domain.PlainTextRule))
	}
	return nil
}

// imported is the line as its kind takes it.
func (l FactorLine) imported() factor.Imported {
	return factor.Imported{Secret: l.Secret.Bytes(), Algorithm: l.Algorithm, Digits: l.Digits, Period: l.Period}
}
