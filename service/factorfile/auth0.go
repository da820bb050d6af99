package factorfile

import (
	"bufio"
	"encoding/json"
)

type auth0User struct {
	UserID   looseText          `json:"user_id"`
	Username looseText          `json:"username"`
	Email    looseText          `json:"email"`
	Verified *looseFlag         `json:"email_verified"`
	Traits   json.RawMessage    `json:"traits"` // of Kratos
	Factors  *[]json.RawMessage `json:"mfa_factors"`
}

// readAuth0 reads users as Auth0's bulk import has them, which is also the form
// to bring the answer of its support into. The factors there have 6 digits, 30
// seconds and SHA1; it has no place for others.
func readAuth0(in *bufio.Reader, _ Options, emit func(Record) error) error {
	first := true
	return eachObject(in, func(raw json.RawMessage, refusal *Refusal) error {
		var u auth0User
		ok := object(raw, &u)
		if first && (!ok || len(u.Traits) > 0 || u.UserID == "" && u.Email == "" && u.Factors == nil) {
			return wrongKind(Auth0)
		}
		first = false
		if !ok {
			return emit(Record{Refusal: refusal})
		}
		if u.Factors == nil {
			return nil
		}
		for _, factor := range *u.Factors {
			record := Record{UserID: string(u.UserID), Username: string(u.Username), Email: string(u.Email), EmailUnverified: u.Verified.denied()}
			record.takeAuth0(factor)
			if err := emit(record); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Record) takeAuth0(raw json.RawMessage) {
	var factor struct {
		TOTP json.RawMessage `json:"totp"`
	}
	var totp struct {
		Secret looseText `json:"secret"`
	}
	switch {
	case !object(raw, &factor):
		r.Refusal = notAnObject
		return
	case len(factor.TOTP) == 0:
		r.refuse("mfa_factors", "The factor is a phone or a mailbox; only TOTP is taken over. Let the user enroll an app.")
		return
	case !object(factor.TOTP, &totp):
		r.Refusal = notAnObject
		return
	}
	r.takeDefaults()
	r.takeBase32("secret", string(totp.Secret))
}

// takeDefaults gives what every app means when nothing is said.
func (r *Record) takeDefaults() {
	r.takeAlgorithm("algorithm", defaultAlgorithm)
	r.takeDigits("digits", defaultDigits)
	r.takePeriod("period", defaultPeriod)
}
