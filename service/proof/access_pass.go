package proof

import (
	"context"
	"crypto/subtle"
	"errors"

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
	giver, err := p.store.User(ctx, d.User.TenantID, pass.GivenBy)
	if errors.Is(err, domain.ErrNotFound) || (err == nil && giver.Generation != pass.GiverGeneration) {
		return found, nil
	}
	if err != nil {
		return evidence{}, err
	}
	found.proven = true
	found.details = []string{"given_by", pass.GivenBy}
	found.record = func(d *Draft) {
		d.Change.Actor = &giver                 // who gave it is as then, or the pass is not used
		d.User.AccessPass = domain.AccessPass{} // it is used, and does not end with the generation
		d.broughtBack("an access pass was used")
	}
	return found, nil
}
