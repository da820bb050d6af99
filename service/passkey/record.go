package passkey

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// record is what is sealed of a passkey: what it was made for, and the credential
// (WebAuthn Level 3, section 4, "credential record"). Nothing in it changes once the
// passkey is confirmed.
type record struct {
	RPID string `json:"rp_id"`
	// UserHandle names the user's incarnation to authenticators, alike in all of the
	// user's passkeys: 32 random bytes that say nothing to whoever reads a security
	// key (section 14.6.1).
	UserHandle []byte `json:"user_handle"`

	// Challenge and UserVerification are of a pending one.
	Challenge        []byte                  `json:"challenge,omitempty"`
	UserVerification domain.UserVerification `json:"user_verification,omitempty"`

	// The rest is of an active one.

	ID         []byte   `json:"id,omitempty"`
	PublicKey  []byte   `json:"public_key,omitempty"` // COSE
	Flags      byte     `json:"flags,omitempty"`      // of the registration: backup eligibility never changes
	AAGUID     []byte   `json:"aaguid,omitempty"`
	Transports []string `json:"transports,omitempty"`
}

func (c record) seal(r factor.Round, f *domain.Factor) error {
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("record of passkey %s: %w", f.ID, err)
	}
	f.Passkey.Record, err = r.Secrets.Seal(seal.PurposePasskey, f.ID, text)
	f.Passkey.RPID = c.RPID
	return err
}

// open fails closed: a record that is not this factor's is an error of the store,
// never a wrong proof.
func open(r factor.Round, f domain.Factor) (record, error) {
	text, err := r.Secrets.Open(seal.PurposePasskey, f.ID, f.Passkey.Record)
	if err != nil {
		return record{}, fmt.Errorf("record of passkey %s: %w", f.ID, err)
	}
	var stored record
	if err := json.Unmarshal(text, &stored); err != nil {
		return record{}, fmt.Errorf("record of passkey %s: %w", f.ID, err)
	}
	return stored, nil
}

// active opens the user's passkeys that a proof may be about.
func active(r factor.Round) (found []record, err error) {
	for _, f := range r.User.ActiveFactors() {
		if f.Type != domain.FactorPasskey {
			continue
		}
		one, err := open(r, f)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

// userHandle is that of the user's other passkeys; the first one makes it.
func userHandle(r factor.Round) ([]byte, error) {
	others, err := active(r)
	switch {
	case err != nil:
		return nil, err
	case len(others) > 0:
		return others[0].UserHandle, nil
	}
	return random(32), nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
