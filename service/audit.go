package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Who asked for what takes too long can ask for less.
var errEventsTooLong = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by from and to, or by user_id, and ask for smaller pages; or try again later.")

// ListEvents returns audit events, newest first. Refusals and views are among
// them; reading the trail leaves none. A ticket that may not read the trail may read
// what of it concerns its own user, as [domain.Event.ForUser] tells it.
func (s *Service) ListEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error) {
	all, err := s.access.Allows(ctx, c, domain.OpListEvents, "")
	switch {
	case err != nil:
		return domain.EventPage{}, err
	case !all && c.Ticket != nil:
		return s.ownEvents(ctx, c, f)
	case !all:
		return domain.EventPage{}, s.access.Authorize(ctx, c, domain.OpListEvents, "")
	}
	if f.UserID != "" && !domain.ValidUserID(f.UserID) {
		return domain.EventPage{}, domain.ErrUserID
	}
	return s.readEvents(ctx, c, f)
}

func (s *Service) readEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error) {
	return store.ReadList(ctx, errEventsTooLong, func(ctx context.Context) (domain.EventPage, error) { return s.store.Events(ctx, c.TenantID, f) })
}

// ownEvents leaves out what is not for the user. A page that gets shorter so says
// where to go on.
func (s *Service) ownEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListEvents, f.UserID); err != nil {
		return domain.EventPage{}, err
	}
	d, err := s.committer.Draft(ctx, c, f.UserID)
	if err != nil {
		return domain.EventPage{}, err
	}
	// Of whoever had the id before nothing is told. Events go by the real clock, and
	// a user's creation by the tenant's, which was no further ahead than it is now.
	if created := d.User.CreatedAt.Add(-d.Now.Sub(d.Real)); f.From.Before(created) {
		f.From = created
	}
	found, err := s.readEvents(ctx, c, f)
	if err != nil {
		return domain.EventPage{}, err
	}
	page := domain.EventPage{Before: found.Before}
	if f.Limit > 1 && len(found.Events) >= f.Limit { // one more than is shown
		found.Events = found.Events[:f.Limit-1]
		page.Before = found.Events[f.Limit-2].ID
	}
	for _, event := range found.Events {
		if own, told := event.ForUser(); told {
			page.Events = append(page.Events, own)
		}
	}
	return page, nil
}
