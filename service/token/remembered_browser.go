package token

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/stepup"
)

// RememberInput asks to remember the browser that a proof just came from.
type RememberInput struct {
	UserID string
	Token  string // a step-up token of the user, for any audience
	Name   string // for the user's list; may be empty
}

// RememberBrowser returns the secret of a browser that may skip the second step for
// as long as the policy says. The token is spent for this alone: it may be consumed
// as well, before or after. Of more than [domain.MaxBrowsers] the oldest goes.
func (s *Tokens) RememberBrowser(ctx context.Context, c domain.Caller, in RememberInput) (domain.IssuedBrowser, error) {
	if err := s.access.Authorize(ctx, c, domain.OpRememberBrowser, in.UserID); err != nil {
		return domain.IssuedBrowser{}, err
	}
	if !domain.ValidText(in.Name, 0, domain.MaxFactorName) {
		return domain.IssuedBrowser{}, domain.ErrInvalidRequest.WithDetail("The name of a browser has at most 64 characters and " + domain.PlainTextRule)
	}
	var issued domain.IssuedBrowser
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		issued, err = s.rememberOnce(ctx, c, in)
		return err
	})
	if errors.Is(err, domain.ErrStepUpRequired) {
		err = domain.ErrTokenConsumed.WithDetail("A browser has been remembered with this token already. Prove the second factor again.")
	}
	return issued, s.trail.Refused(ctx, c, in.UserID, domain.OpRememberBrowser, err)
}

func (s *Tokens) rememberOnce(ctx context.Context, c domain.Caller, in RememberInput) (domain.IssuedBrowser, error) {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return domain.IssuedBrowser{}, err
	}
	if !domain.RemembersBrowsers(d.User, d.Tenant) {
		return domain.IssuedBrowser{}, domain.ErrNotAllowedByPolicy.WithDetail("The policy does not let this user's browsers be remembered. An administrator allows it with: PATCH /v1/policy, remember_browser_days.")
	}
	claims, err := s.access.ReadToken(ctx, c, in.Token, nil)
	if err != nil {
		return domain.IssuedBrowser{}, err
	}
	if err := remembers(claims, d.User); err != nil {
		return domain.IssuedBrowser{}, err
	}
	issued, err := s.addBrowser(ctx, d, in.Name)
	if err != nil {
		return domain.IssuedBrowser{}, err
	}
	d.Change.SpentTokens = append(d.Change.SpentTokens, spentToRemember(claims))
	d.Audit(d.Event(domain.ActionBrowserRemembered).With("browser", issued.ID, "token", claims.ID, "expires_at", issued.ExpiresAt.Format(time.RFC3339)))
	return issued, s.committer.Commit(ctx, d.Change)
}

// remembers refuses a token with which no browser is remembered. It is at most five
// minutes old, since none lives longer.
func remembers(claims stepup.Claims, u domain.User) error {
	switch method := domain.Method(claims.Method); {
	case claims.Subject != u.ID:
		return domain.ErrTokenInvalid.WithDetail("The token is another user's.")
	case !access.Holds(claims, u):
		return domain.ErrTokenInvalid
	case method != domain.MethodTOTP && method != domain.MethodPasskey:
		return domain.ErrTokenInvalid.WithDetail("A browser is remembered after a code of an authenticator app or a passkey alone.")
	case claims.Action != "" && claims.Action != string(domain.OpRememberBrowser):
		return domain.ErrTokenInvalid.WithDetail("The token was earned for another action. Whoever proved it allowed no more than that.")
	}
	return nil
}

// spentToRemember keeps apart that a token has remembered a browser and that it was
// consumed: each is possible once.
func spentToRemember(claims stepup.Claims) domain.SpentToken {
	spent := access.SpentToken(claims)
	spent.ID = "remembered_" + spent.ID
	return spent
}

// addBrowser begins a series, in the place of those that are of no use any more and,
// if there are too many, of the oldest.
func (s *Tokens) addBrowser(ctx context.Context, d *commit.Draft, name string) (domain.IssuedBrowser, error) {
	key, err := s.keys.CurrentLookupKey(ctx)
	if err != nil {
		return domain.IssuedBrowser{}, err
	}
	secret := newBrowserSecret()
	b := domain.RememberedBrowser{
		ID: identifier.New("brw_"), Name: name, KeyID: key.ID, Series: secret.seriesMAC(key, d.User), Token: secret.mac(key, d.User),
		CreatedAt: d.Now, ExpiresAt: d.Now.AddDate(0, 0, d.Tenant.Policy.RememberBrowserDays),
	}
	kept := domain.HonouredBrowsers(d.User, d.Tenant, d.Now)
	for len(kept) >= domain.MaxBrowsers {
		d.AuditForgotten(kept[0].ID, "more browsers than are remembered")
		kept = kept[1:]
	}
	d.User.Browsers = slices.Concat(kept, []domain.RememberedBrowser{b})
	return domain.IssuedBrowser{ID: b.ID, Secret: secret.text(), ExpiresAt: b.ExpiresAt}, nil
}

// RememberedBrowsers lists those of a user that are honoured now, the oldest first.
// Each ends when the policy says, if that is sooner than when it was remembered for.
func (s *Tokens) RememberedBrowsers(ctx context.Context, c domain.Caller, userID string) ([]domain.RememberedBrowser, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListBrowsers, userID); err != nil {
		return nil, err
	}
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return nil, err
	}
	browsers := domain.HonouredBrowsers(d.User, d.Tenant, d.Now)
	for i, b := range browsers {
		browsers[i].ExpiresAt = d.Tenant.Policy.BrowserExpiry(b)
	}
	return browsers, nil
}

// ForgetBrowsers ends one remembered browser of a user, or with an empty id all. It
// asks for no step-up: it takes trust away, and gives none. Somebody else's are
// forgotten by who manages the user.
func (s *Tokens) ForgetBrowsers(ctx context.Context, c domain.Caller, userID, browserID string) error {
	if err := s.access.Authorize(ctx, c, domain.OpForgetBrowser, userID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error { return s.forgetOnce(ctx, c, userID, browserID) })
	return s.trail.Refused(ctx, c, userID, domain.OpForgetBrowser, err)
}

func (s *Tokens) forgetOnce(ctx context.Context, c domain.Caller, userID, browserID string) error {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return err
	}
	if err := s.access.Unproven(ctx, c, d.User, &d.Change); err != nil {
		return err
	}
	if browserID != "" && d.User.Browser(browserID) == nil {
		return domain.ErrUnknownBrowser
	}
	for _, b := range d.Before.Browsers {
		if browserID == "" || b.ID == browserID {
			d.AuditForgotten(b.ID, "forgotten")
			d.User.ForgetBrowser(b.ID)
		}
	}
	if len(d.Change.Events) == 0 {
		return nil
	}
	return s.committer.Commit(ctx, d.Change)
}
