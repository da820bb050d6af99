package site

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/countersign/countersign/service/authenticator"
)

// The page of a tenant with passkeys, and what they are bound to.
const (
	passkeyOrigin = "https://app.acme.example"
	passkeyRPID   = "acme.example"
)

// AllowPasskeys gives the first tenant a page. Nobody may have asked a replica anything before: they remember a tenant
// for a second.
func (s *Site) AllowPasskeys() {
	s.t.Helper()
	s.Run("tenant", "update", s.Tenant.Name, "--origin", passkeyOrigin, "--rp-id", passkeyRPID)
}

// Passkey is one in the hands of its user, and the page it is used on.
type Passkey struct {
	UserID        string
	FactorID      string
	RecoveryCodes []string

	authenticator *authenticator.Authenticator
}

// Registration is what confirms a passkey.
type Registration struct {
	Credential json.RawMessage `json:"credential"`
}

// Assertion is what proves a passkey.
type Assertion struct {
	State      string          `json:"state"`
	Credential json.RawMessage `json:"credential"`
}

// EnrollPasskey makes a user, or takes the one there is, and gives it a passkey.
func (c Client) EnrollPasskey(ctx context.Context, t testing.TB, userID string) Passkey {
	t.Helper()
	Read[User](t, c.PutUser(ctx, userID, Member(userID)))
	return c.newPasskey(ctx, t, userID)
}

// FurtherPasskey gives a passkey's user another one.
func (c Client) FurtherPasskey(ctx context.Context, t testing.TB, first Passkey) Passkey {
	t.Helper()
	p := first.Assert(ctx, t, c, Proof{Audience: OwnAudience})
	return c.StepUp(Read[Verified](t, c.Verify(ctx, first.UserID, p)).StepUpToken).newPasskey(ctx, t, first.UserID)
}

func (c Client) newPasskey(ctx context.Context, t testing.TB, userID string) Passkey {
	t.Helper()
	begun := Read[PasskeyEnrollment](t, c.BeginPasskey(ctx, userID))
	p := Passkey{UserID: userID, FactorID: begun.FactorID, authenticator: authenticator.New([32]byte{}, begun.FactorID)}
	made, err := p.authenticator.Create(begun.Passkey.CreationOptions, passkeyOrigin)
	if err != nil {
		t.Fatal(err)
	}
	p.RecoveryCodes = Read[Confirmation](t, c.Confirm(ctx, userID, p.FactorID, Proof{Passkey: Registration{made}})).RecoveryCodes
	return p
}

// Assert asks a client's replica for options of a proof, and uses the passkey.
func (p Passkey) Assert(ctx context.Context, t testing.TB, c Client, of Proof) Proof {
	t.Helper()
	of.Passkey = p.Answer(t, Read[Challenge](t, c.Options(ctx, p.UserID, of)).Passkey)
	return of
}

// Answer uses the passkey.
func (p Passkey) Answer(t testing.TB, c ChallengePasskey) Assertion {
	t.Helper()
	used, err := p.authenticator.Get(c.RequestOptions, passkeyOrigin)
	if err != nil {
		t.Fatal(err)
	}
	return Assertion{c.State, used}
}
