package domain

import (
	"errors"
	"testing"
	"time"
)

// WebAuthn has preferred, too.
func TestAPolicyEitherRequiresUserVerificationOrDoesNot(t *testing.T) {
	t.Parallel()
	for asked, allowed := range map[UserVerification]bool{"discouraged": true, "required": true, "preferred": false, "": false, "Required": false} {
		policy, err := DefaultPolicy().Apply(PolicyPatch{UserVerification: &asked}, time.Time{})
		switch {
		case allowed && (err != nil || policy.UserVerification != asked):
			t.Errorf("%q becomes %+v: %v", asked, policy, err)
		case !allowed && !errors.Is(err, ErrInvalidRequest):
			t.Errorf("%q is not refused: %v", asked, err)
		}
	}
}
