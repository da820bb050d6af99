package site

import (
	"context"
	"testing"
)

// Device is an active factor in the hands of its user.
type Device struct {
	Authenticator
	UserID        string
	FactorID      string
	Last          int64 // step spent last, as far as Enroll knows
	RecoveryCodes []string
	StepUpToken   string // for Countersign's own routes, earned by the confirm
}

// Enroll makes a user, or takes the one there is, and gives it a factor confirmed by the codes of step first
// and the next. The later codes are the device's to use: within 20 steps of the server's clock both.
func (c Client) Enroll(ctx context.Context, t testing.TB, userID string, first int64) Device {
	t.Helper()
	return c.EnrollAs(ctx, t, userID, Member(userID), first)
}

// EnrollAs is Enroll for a user with a profile.
func (c Client) EnrollAs(ctx context.Context, t testing.TB, userID string, p Profile, first int64) Device {
	t.Helper()
	Read[User](t, c.PutUser(ctx, userID, p))
	begun := Read[Enrollment](t, c.Begin(ctx, userID, ""))
	device, err := NewAuthenticator(begun.TOTP.Secret)
	if err != nil {
		t.Fatal(err)
	}
	confirmed := Read[Confirmation](t, c.Confirm(ctx, userID, begun.FactorID,
		Proof{Codes: device.Pair(first), Audience: OwnAudience}))
	return Device{
		Authenticator: device, UserID: userID, FactorID: begun.FactorID, Last: first + 1,
		RecoveryCodes: confirmed.RecoveryCodes, StepUpToken: confirmed.StepUpToken,
	}
}
