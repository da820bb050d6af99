package proof

import (
	"context"
	"crypto/subtle"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
)

// accessPassProof is the access pass that somebody gave to the user.
type accessPassProof struct {
	wayBack
	code domain.AccessPassCode
}

func (accessPassProof) method() domain.Method { return domain.MethodAccessPass }

func (a accessPassProof) evaluate(ctx context.Context, p *Path, _ Attempt, d *commit.Draft) (evidence, error) {
	found := a.unproven(a.method())
	pass := d.User.AccessPass
	if !pass.Live(d.Now) {
		return found, nil
	}
	key, err := p.keys.LookupKey(ctx, pass.KeyID)
	if err != nil {
		return evidence{}, err
	}
	mac := key.AccessPassMAC(d.User.TenantID, d.User.ID, d.User.Incarnation, a.code.Symbols())
	if subtle.ConstantTimeCompare(pass.MAC[:], mac[:]) == 0 {
		return found, nil
	}
	found.proven = true
	found.details = []string{"given_by", pass.GivenBy}
	found.record = recordAccessPass
	return found, nil
}

// recordAccessPass spends the pass.
func recordAccessPass(d *Draft) {
	d.User.AccessPass = domain.AccessPass{} // it is used, and does not end with the generation
	d.broughtBack("an access pass was used")
}
