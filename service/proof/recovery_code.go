package proof

import (
	"context"
	"crypto/subtle"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// recoveryCodeProof is one unused recovery code.
type recoveryCodeProof struct{ code domain.RecoveryCode }

func (recoveryCodeProof) method() domain.Method            { return domain.MethodRecoveryCode }
func (recoveryCodeProof) charges() bool                    { return true }
func (recoveryCodeProof) lane(u *domain.User) *domain.Lane { return &u.RecoveryLane }
func (recoveryCodeProof) laneName() string                 { return domain.LaneRecoveryCode }
func (recoveryCodeProof) wrong() *domain.Error             { return errWrongWayBack }

// errWrongWayBack is the answer to a recovery code and to an access pass that are
// wrong, used or over: one text, so that it tells nothing of either.
var errWrongWayBack = domain.ErrCodeInvalid.WithDetail("The recovery code or access pass is not valid, was used, or is over. Take another one.")

func (r recoveryCodeProof) evaluate(ctx context.Context, p *Path, _ Attempt, d *commit.Draft) (evidence, error) {
	set, err := p.store.RecoveryCodes(ctx, d.User.TenantID, d.User.ID)
	if err != nil {
		return evidence{}, err
	}
	found := evidence{why: factor.Wrong, method: domain.MethodRecoveryCode, acr: access.ACRRecovery}
	if len(set.Codes) == 0 {
		return found, nil
	}
	key, err := p.keys.RecoveryCodeKey(ctx, set.KeyID)
	if err != nil {
		return evidence{}, err
	}
	mac := key.MAC(d.User.TenantID, d.User.ID, d.User.Incarnation, r.code.Symbols())
	for i := range set.Codes {
		switch {
		case subtle.ConstantTimeCompare(set.Codes[i].MAC[:], mac[:]) == 0:
		case !set.Codes[i].SpentAt.IsZero():
			found.why = factor.AlreadyUsed
		default:
			found.proven = true
			found.record = func(d *Draft) {
				recordRecoveryCode(d, set, i)
				d.EndGeneration("a recovery code was used")
			}
		}
	}
	return found, nil
}

// recordRecoveryCode spends a code, erases what made it viewable, and opens
// both lanes.
func recordRecoveryCode(d *Draft, set domain.RecoveryCodeSet, i int) {
	set.Codes = append([]domain.StoredRecoveryCode(nil), set.Codes...)
	set.Codes[i].SpentAt, set.Codes[i].Sealed = d.Now, nil
	d.Change.Codes = &set
	d.User.RecoveryCodes.Remaining--
	d.User.LastVerifiedAt = d.Now
	d.User.CodeLane.Clear()
	d.User.RecoveryLane.Clear()
}
