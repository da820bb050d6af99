package proof

import (
	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// wayBack is what recovery codes and access passes have in common: one lane is charged
// for both, and one text answers both.
type wayBack struct{}

func (wayBack) charges() bool                    { return true }
func (wayBack) lane(u *domain.User) *domain.Lane { return &u.RecoveryLane }
func (wayBack) laneName() string                 { return domain.LaneRecoveryCode }
func (wayBack) wrong() *domain.Error             { return errWrongWayBack }

// errWrongWayBack is the answer to a recovery code and to an access pass that are
// wrong, used or over: one text, so that it tells nothing of either.
var errWrongWayBack = domain.ErrCodeInvalid.WithDetail("The recovery code or access pass is not valid, was used, or is over. Take another one.")

// unproven is what is known of a way back in before it is found to be right.
func (wayBack) unproven(method domain.Method) evidence {
	return evidence{why: factor.Wrong, method: method, acr: access.ACRRecovery}
}

// broughtBack is what follows a way back in that was right. It opens both lanes:
// whoever needed help has mistyped codes before, and logs in with the next device.
func (d *Draft) broughtBack(why string) {
	d.User.LastVerifiedAt = d.Now
	d.User.CodeLane.Clear()
	d.User.RecoveryLane.Clear()
	d.EndGeneration(why)
}
