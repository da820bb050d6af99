package service

import (
	"context"
	"crypto/rand"
	"strconv"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
)

// AccessPasses helps users who cannot prove a factor now, without removing anything.
// It is safe for concurrent use.
type AccessPasses struct {
	keys      *keys.Keyring
	access    *access.Access
	trail     *audit.Trail
	committer *commit.Committer
}

// GivePassInput asks for an access pass for a user.
type GivePassInput struct {
	UserID   string
	StepUp   string // of somebody who manages the user
	Reason   string
	Lifetime time.Duration // 0: the default
}

// GivenPass is an access pass for the one answer that shows it.
type GivenPass struct {
	Code      domain.AccessPassCode
	ExpiresAt time.Time // by the tenant's clock
}

// GiveAccessPass makes an access pass the user's only one. The step-up token is
// spent and the audit row is on disk before the pass leaves the process.
func (s *AccessPasses) GiveAccessPass(ctx context.Context, c domain.Caller, in GivePassInput) (GivenPass, error) {
	if err := s.access.Authorize(ctx, c, domain.OpGiveAccessPass, in.UserID); err != nil {
		return GivenPass{}, err
	}
	if in.Lifetime == 0 {
		in.Lifetime = domain.DefaultAccessPassLifetime
	}
	if in.Lifetime < domain.MinAccessPassLifetime || in.Lifetime > domain.MaxAccessPassLifetime {
		return GivenPass{}, domain.ErrInvalidRequest.WithDetail("An access pass is good for 5 to 60 minutes.")
	}
	var given GivenPass
	err := s.committer.Retry(ctx, func(ctx context.Context) (err error) {
		given, err = s.giveOnce(ctx, c, in)
		return err
	})
	if err != nil {
		return GivenPass{}, s.trail.Refused(ctx, c, in.UserID, domain.OpGiveAccessPass, err)
	}
	return given, nil
}

func (s *AccessPasses) giveOnce(ctx context.Context, c domain.Caller, in GivePassInput) (GivenPass, error) {
	d, err := s.committer.Draft(ctx, c, in.UserID)
	if err != nil {
		return GivenPass{}, err
	}
	proof, err := s.access.ManagerStepUp(ctx, c, domain.OpGiveAccessPass, d.User, in.StepUp, domain.CanManage)
	if err != nil {
		return GivenPass{}, err
	}
	if err := domain.CheckReason(in.Reason); err != nil {
		return GivenPass{}, err
	}
	if err := d.User.TakesPart(); err != nil {
		return GivenPass{}, err
	}
	if err := enrolled(d); err != nil {
		return GivenPass{}, err
	}
	given, err := s.give(ctx, d, in.Lifetime, proof.Actor)
	if err != nil {
		return GivenPass{}, err
	}
	event := s.access.Event(c, proof, domain.ActionAccessPassGiven, in.UserID).With("minutes", strconv.Itoa(int(in.Lifetime/time.Minute)))
	event.Reason = in.Reason
	proof.SpendIn(&d.Change)
	d.Audit(event)
	return given, s.committer.Commit(ctx, d.Change)
}

// give makes a new pass the user's only one, and opens the lane that it is charged
// to: a pass that no one looks at would be no help. Whoever gives it could as well
// reset the user, which clears both lanes; that of codes opens once it is used.
func (s *AccessPasses) give(ctx context.Context, d *commit.Draft, lifetime time.Duration, by domain.User) (GivenPass, error) {
	key, err := s.keys.CurrentLookupKey(ctx)
	if err != nil {
		return GivenPass{}, err
	}
	if d.User.AccessPass.Live(d.Now) {
		d.AuditAccessPassEnded("another one was given")
	}
	code := newAccessPassCode()
	d.User.RecoveryLane.Clear()
	d.User.AccessPass = domain.AccessPass{
		KeyID: key.ID, MAC: key.AccessPassMAC(d.User.TenantID, d.User.ID, d.User.Incarnation, code.Symbols()),
		CreatedAt: d.Now, ExpiresAt: d.Now.Add(lifetime), GivenBy: by.ID, GiverGeneration: by.Generation,
	}
	return GivenPass{Code: code, ExpiresAt: d.User.AccessPass.ExpiresAt}, nil
}

func newAccessPassCode() domain.AccessPassCode {
	var random [20]byte
	rand.Read(random[:])
	return domain.AccessPassCodeOf(random)
}

// EndAccessPass ends the user's access pass, if there is one. It takes a power away
// and gives none, so it needs no proof: neither of who manages the user, nor of the
// user, who may not have asked for the pass and has perhaps nothing else to prove.
func (s *AccessPasses) EndAccessPass(ctx context.Context, c domain.Caller, userID string) error {
	if err := s.access.Authorize(ctx, c, domain.OpEndAccessPass, userID); err != nil {
		return err
	}
	err := s.committer.Retry(ctx, func(ctx context.Context) error { return s.endOnce(ctx, c, userID) })
	return s.trail.Refused(ctx, c, userID, domain.OpEndAccessPass, err)
}

func (s *AccessPasses) endOnce(ctx context.Context, c domain.Caller, userID string) error {
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil {
		return err
	}
	if err := s.access.Unproven(ctx, c, d.User, &d.Change); err != nil {
		return err
	}
	if !d.User.AccessPass.Live(d.Now) {
		return nil
	}
	d.User.AccessPass = domain.AccessPass{}
	d.AuditAccessPassEnded("it was taken back")
	return s.committer.Commit(ctx, d.Change)
}

// ListAccessPasses returns the access pass of the user that can be used, never its
// code: at most one. To the user themselves it does not say who gave it.
func (s *AccessPasses) ListAccessPasses(ctx context.Context, c domain.Caller, userID string) ([]domain.AccessPass, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListAccessPasses, userID); err != nil {
		return nil, err
	}
	d, err := s.committer.Draft(ctx, c, userID)
	if err != nil || !d.User.AccessPass.Live(d.Now) {
		return nil, err
	}
	pass := d.User.AccessPass
	if c.Owns(userID) {
		pass.GivenBy = ""
	}
	return []domain.AccessPass{{CreatedAt: pass.CreatedAt, ExpiresAt: pass.ExpiresAt, GivenBy: pass.GivenBy}}, nil
}
