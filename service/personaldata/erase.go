package personaldata

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/countersign/countersign/service/audit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
	"github.com/countersign/countersign/service/store"
)

const (
	// eventsAtOnce is how many events are changed in one transaction: so few that
	// whoever else writes hardly waits for it.
	eventsAtOnce = 500
	// callTimeout is how long a call waits for the trail to be rewritten. What it does
	// not see the end of goes on in the background.
	callTimeout = 5 * time.Second
	// mostRounds bounds how often the trail is looked through again for events that came
	// meanwhile, or that somebody else was changing.
	mostRounds = 20
)

// EraseUser forgets a user who is not active, or one deleted before: the row and all
// that hangs at it, and in the events whatever tells who it was. The events stay, all
// of them under one pseudonym. Where they are so many that this takes longer than a call
// may, it goes on in the background. Somebody of whom nothing is held is ErrNotFound.
func (s *PersonalData) EraseUser(ctx context.Context, c domain.Caller, userID string) error {
	if err := s.access.Authorize(ctx, c, domain.OpDeleteUser, userID); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	erasure, err := s.begin(limited, s.byCaller(c), c.TenantID, userID)
	if err != nil {
		return s.trail.Refused(ctx, c, userID, domain.OpDeleteUser, err) // whatever time is left of that
	}
	if !erasure.DoneAt.IsZero() { // what comes late is looked for in the background
		return nil
	}
	if err := s.rewrite(limited, erasure); err != nil { // it has begun: to say that nothing was done would be wrong
		slog.WarnContext(ctx, "an erasure has not ended; it goes on in the background", "error", err)
	}
	return nil
}

// OperatorEraseUser is EraseUser at the command line, and ends when all is done.
func (s *PersonalData) OperatorEraseUser(ctx context.Context, op domain.Operator, tenantID, userID string) error {
	erasure, err := s.begin(ctx, s.byOperator(op, tenantID), tenantID, userID)
	if err != nil {
		return err
	}
	return s.rewrite(ctx, erasure)
}

// begin removes the user, and stores the pseudonym with that: from then on nobody
// decides another one. Who comes again goes on with what is stored. Whoever had the id
// before is done first, for as long as ctx lasts: that is no part of a decision.
func (s *PersonalData) begin(ctx context.Context, by by, tenantID, userID string) (erasure domain.Erasure, err error) {
	if domain.IsPseudonym(userID) { // who that was is forgotten already
		return erasure, domain.ErrNotFound
	}
	for former := ""; ; former = erasure.Pseudonym {
		err = s.committer.Retry(ctx, func(ctx context.Context) error {
			erasure, err = s.beginAfter(ctx, by, tenantID, userID, former)
			return err
		})
		if !errors.Is(err, errFormer) {
			return erasure, err
		}
		if err := endFormer(ctx, s, erasure); err != nil {
			return erasure, err
		}
	}
}

// errFormer asks begin to complete the erasure of whoever had the id before.
var errFormer = errors.New("somebody who had the id before has to be erased first")

// beginAfter begins an erasure in one decision, where that of whoever had the id before was
// ended by its pseudonym former; else it returns that erasure, with errFormer.
func (s *PersonalData) beginAfter(ctx context.Context, by by, tenantID, userID, former string) (domain.Erasure, error) {
	erasure, err := s.erasures.Erasure(ctx, tenantID, userID)
	begun := err == nil
	if err != nil && !errors.Is(err, domain.ErrNotFound) {
		return erasure, err
	}
	change, err := s.removal(ctx, by, tenantID, userID)
	if err != nil {
		return erasure, err
	}
	again := change.User != nil || erasure.Before != "" // somebody else had the id since
	switch {
	case begun && !again && erasure.DoneAt.IsZero():
		return erasure, s.mayErase(ctx)
	case begun && !again:
		return erasure, nil
	case begun && erasure.Pseudonym != former:
		return erasure, errFormer
	}
	change.FormerPseudonym = erasure.Pseudonym
	return s.beginWith(ctx, by, change, userID)
}

var errFormerLasts = domain.ErrUnavailable.WithDetail("Whoever had this id before is being erased still, and is done first; then call again.")

// endFormer completes the erasure of whoever had the id before, as its row is about to be
// replaced. If that takes longer than a call may, the next call goes on, and so does the
// background.
func endFormer(ctx context.Context, s *PersonalData, former domain.Erasure) error {
	if err := s.mayErase(ctx); err != nil {
		return err
	}
	err := s.rewrite(ctx, former)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errStillNamed) {
		return errFormerLasts.WithCause(err)
	}
	return err
}

// newPseudonym is random: neither the id nor a key leads to it, and it leads to nobody.
func newPseudonym() string { return identifier.New(domain.Pseudonym) }

// beginWith begins an erasure with the change that removes the user, if there is one.
func (s *PersonalData) beginWith(ctx context.Context, by by, change domain.Change, userID string) (domain.Erasure, error) {
	if change.User == nil {
		if err := s.known(ctx, change.TenantID, userID); err != nil {
			return domain.Erasure{}, err
		}
	}
	if err := s.mayErase(ctx); err != nil {
		return domain.Erasure{}, err
	}
	event := by(domain.ActionUserErased, newPseudonym())
	event.RequestID = "" // the host's log has it, beside the id
	erasure := domain.Erasure{TenantID: change.TenantID, UserID: userID, Pseudonym: event.UserID, BegunAt: event.At}
	change.Erasure, change.Events = &erasure, append(change.Events, event)
	return erasure, s.committer.Commit(ctx, change)
}

// mayErase refuses an erasure that could never end here.
func (s *PersonalData) mayErase(ctx context.Context) error {
	may, err := s.erasures.MayErase(ctx)
	if err == nil && !may {
		err = domain.ErrTrailAppendOnly
	}
	return err
}

// removal is the change that removes the user, if there is one. Who is active is
// refused, by the row as it is stored now.
func (s *PersonalData) removal(ctx context.Context, by by, tenantID, userID string) (domain.Change, error) {
	tenant, err := s.store.Tenant(ctx, tenantID)
	if err != nil {
		return domain.Change{}, err
	}
	user, err := s.store.User(ctx, tenantID, userID)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return domain.Change{TenantID: tenantID}, nil
	case err != nil:
		return domain.Change{}, err
	case user.Active:
		return domain.Change{}, domain.ErrUserActive
	}
	d := s.committer.DraftOf(domain.Caller{TenantID: tenantID}, tenant, user)
	d.Change.DeleteUser = true
	if err := s.committer.GuardLastAdmin(ctx, d); err != nil {
		return domain.Change{}, err
	}
	d.Audit(by(domain.ActionUserDeleted, userID))
	return d.Change, nil
}

// known is ErrNotFound for somebody whom no event names.
func (s *PersonalData) known(ctx context.Context, tenantID, userID string) error {
	named, err := s.naming(ctx, tenantID, userID, "", 1)
	if err == nil && len(named) == 0 {
		err = domain.ErrNotFound
	}
	return err
}

var (
	errStillNamed  = errors.New("events that name the person come as fast as they are changed")
	errLookTooLong = domain.ErrUnavailable.WithDetail("To look for the events takes too long now. Try again later.")
)

// rewrite takes the person out of all events, batch by batch, and notes that it is
// done. It may end anywhere, and begin again: what has the pseudonym is not found again.
// It reads and writes beside those who wait for an answer.
func (s *PersonalData) rewrite(ctx context.Context, e domain.Erasure) error {
	ctx = store.Bulk(ctx)
	for range mostRounds {
		found, err := s.rewriteOnce(ctx, e)
		switch {
		case errors.Is(err, domain.ErrNotFound): // somebody else ended it
			return nil
		case errors.Is(err, domain.ErrConflict): // somebody has the id since the events were read
		case err != nil:
			return err
		case found == 0:
			return s.erasures.Done(ctx, e, s.clock.Now())
		}
	}
	return errStillNamed
}

// rewriteOnce looks through the events once, and returns how many named the person.
func (s *PersonalData) rewriteOnce(ctx context.Context, e domain.Erasure) (found int, err error) {
	e, err = s.stored(ctx, e)
	if err != nil {
		return 0, err
	}
	before := end(e, s.clock.MaxGap())
	for {
		was, err := s.naming(ctx, e.TenantID, e.UserID, before, eventsAtOnce)
		if err != nil {
			return found, err
		}
		found += len(was)
		if len(was) == 0 {
			return found, nil
		}
		if err := s.rewriteBatch(ctx, e, was); err != nil {
			return found, err
		}
		before = was[len(was)-1].ID
	}
}

func (s *PersonalData) naming(ctx context.Context, tenantID, userID, before string, limit int) ([]domain.Event, error) {
	return store.ReadList(ctx, errLookTooLong, func(ctx context.Context) ([]domain.Event, error) {
		return s.erasures.EventsNaming(ctx, tenantID, userID, before, limit)
	})
}

// stored is the erasure as it is now; ErrNotFound where that is another one, or none. If
// the id is somebody's again, it says since when: whoever was created while it began may
// not have seen it.
func (s *PersonalData) stored(ctx context.Context, e domain.Erasure) (domain.Erasure, error) {
	now, err := s.erasures.Erasure(ctx, e.TenantID, e.UserID)
	if err == nil && now.Pseudonym != e.Pseudonym {
		err = domain.ErrNotFound
	}
	if err != nil || now.Before != "" {
		return now, err
	}
	_, err = s.store.User(ctx, e.TenantID, e.UserID)
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return now, nil
	case err != nil:
		return now, err
	}
	if err := s.erasures.End(ctx, now, identifier.FirstEvent(now.BegunAt)); err != nil {
		return now, err
	}
	return s.stored(ctx, e)
}

// end is the event id at which the person's events end; empty: they do not.
func end(e domain.Erasure, gap time.Duration) string {
	if e.Before == "" {
		return ""
	}
	return identifier.FirstEvent(audit.ErasedUntil(e, gap))
}

func (s *PersonalData) rewriteBatch(ctx context.Context, e domain.Erasure, was []domain.Event) error {
	becomes := make([]domain.Event, len(was))
	for i, event := range was {
		becomes[i] = audit.Pseudonymize(event, e.UserID, e.Pseudonym)
	}
	// First: the events that are found next time no longer tell of whom.
	if err := s.releaseOthers(ctx, e, was); err != nil {
		return err
	}
	return s.erasures.Rewrite(ctx, e, was, becomes)
}

// releaseOthers takes the person out of the rows of those to whom they gave an access
// pass or an exemption.
func (s *PersonalData) releaseOthers(ctx context.Context, e domain.Erasure, events []domain.Event) error {
	looked := map[string]bool{e.UserID: true}
	for _, event := range events {
		gave := event.Action == domain.ActionAccessPassGiven || event.Action == domain.ActionExemptionGranted
		if !gave || looked[event.UserID] {
			continue
		}
		looked[event.UserID] = true
		if err := s.committer.Retry(ctx, func(ctx context.Context) error { return s.release(ctx, e, event.UserID) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *PersonalData) release(ctx context.Context, e domain.Erasure, userID string) error {
	user, err := s.store.User(ctx, e.TenantID, userID)
	if errors.Is(err, domain.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	next := user.Clone()
	if next.AccessPass.GivenBy == e.UserID {
		next.AccessPass.GivenBy = e.Pseudonym
	}
	if next.Exemption.GrantedBy == e.UserID {
		next.Exemption.GrantedBy = e.Pseudonym
	}
	if next.AccessPass == user.AccessPass && next.Exemption == user.Exemption {
		return nil
	}
	return s.committer.Commit(ctx, domain.Change{TenantID: e.TenantID, User: &next})
}
