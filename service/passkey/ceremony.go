package passkey

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// ceremony is what an assertion was asked for. It is in nobody's memory: it goes out
// sealed to its user, and its challenge is the digest of that.
type ceremony struct {
	Generation       string                  `json:"generation"`
	RPID             string                  `json:"rp_id"`
	Origin           string                  `json:"origin,omitempty"` // empty: any of the tenant's
	UserVerification domain.UserVerification `json:"user_verification,omitempty"`
	Purpose          factor.Purpose          `json:"purpose"`
	ExpiresAt        time.Time               `json:"expires_at"`
	// Sequence is above that of the last challenge spent, and becomes it.
	Sequence int64 `json:"sequence"`
}

func newCeremony(r factor.Round) ceremony {
	return ceremony{
		Generation: r.User.Generation, RPID: r.Tenant.RPID, Origin: r.Origin, Purpose: r.Purpose,
		UserVerification: r.Tenant.Policy.UserVerification,
		ExpiresAt:        r.Now.Add(timeout * time.Millisecond), Sequence: max(r.Now.UnixMilli(), lastSequence(r.User)+1),
	}
}

// lastSequence is that of all of a user's passkeys: a challenge is spent for each.
func lastSequence(u domain.User) (last int64) {
	for _, f := range u.Factors {
		last = max(last, f.Passkey.LastSequence)
	}
	return last
}

// origins are the pages that may answer.
func (c ceremony) origins(t domain.Tenant) []string {
	switch {
	case c.Origin == "":
		return t.Origins
	case slices.Contains(t.Origins, c.Origin):
		return []string{c.Origin}
	}
	return nil
}

func (c ceremony) seal(r factor.Round) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("state of a ceremony: %w", err)
	}
	sealed, err := r.Secrets.Seal(seal.PurposeCeremony, "", text)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// openCeremony returns why a state is not good now, of this user and for this
// purpose. That it is not theirs and that it is no state at all are the same; so is
// that a key has sealed it which the keyset lacks, since anybody can write that.
func openCeremony(r factor.Round, state string) (ceremony, factor.Why) {
	sealed, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil {
		return ceremony{}, whyChallenge
	}
	text, err := r.Secrets.Open(seal.PurposeCeremony, "", sealed)
	if err != nil {
		return ceremony{}, whyChallenge
	}
	var c ceremony
	if err := json.Unmarshal(text, &c); err != nil {
		return ceremony{}, whyChallenge
	}
	switch {
	case c.Generation != r.User.Generation:
		return c, whyChallenge
	case !r.Now.Before(c.ExpiresAt):
		return c, whyExpired
	case c.Sequence <= lastSequence(r.User):
		return c, whySequence
	case c.Purpose != r.Purpose:
		return c, whyPurpose
	}
	return c, ""
}

// challengeOf is the challenge of a state.
func challengeOf(state string) []byte {
	digest := sha256.Sum256([]byte(state))
	return digest[:]
}
