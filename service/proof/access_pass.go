package proof

import (
	"context"
	"crypto/subtle"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// accessPassProof is the access pass that somebody gave to the user. A wrong one is
// charged, and answered, as a recovery code is.
type accessPassProof struct{ code domain.AccessPassCode }

func (accessPassProof) method() domain.Method            { return domain.MethodAccessPass }
func (accessPassProof) charges() bool                    { return true }
func (accessPassProof) lane(u *domain.User) *domain.Lane { return &u.RecoveryLane }
func (accessPassProof) laneName() string                 { return domain.LaneRecoveryCode }
func (accessPassProof) wrong() *domain.Error             { return errWrongWayBack }

func (a accessPassProof) evaluate(ctx context.Context, p *Path, _ Attempt, d *commit.Draft) (evidence, error) {
	found := evidence{why: factor.Wrong, method: domain.MethodAccessPass, acr: access.ACRRecovery}
	pass := d.User.AccessPass
	if !pass.Live(d.Now) {
		return found, nil
	}
	key, err := p.keys.RecoveryCodeKey(ctx, pass.KeyID)
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

// recordAccessPass spends the pass, and opens both lanes as a recovery code does:
// whoever needed help has mistyped codes before, and logs in with the next device.
func recordAccessPass(d *Draft) {
	d.User.AccessPass = domain.AccessPass{} // it is used, and does not end with the generation
	d.User.LastVerifiedAt = d.Now
	d.User.CodeLane.Clear()
	d.User.RecoveryLane.Clear()
	d.EndGeneration("an access pass was used")
}
