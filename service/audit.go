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

// How many events are read at a time for a page of one's own, and how often. Whoever
// has thousands in a row that are not told goes on by pages that are empty.
const (
	ownEventsRead  = 200
	ownEventsReads = 20
)

// ownEvents leaves out what is not for the user, and reads on until the page is full:
// its cursor would else name an event that is not told. It reads no further than it
// says above, also where there is no limit.
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
	var page domain.EventPage
	wanted := f.Limit
	f.Limit = max(wanted, ownEventsRead)
	for range ownEventsReads {
		found, err := s.readEvents(ctx, c, f)
		if err != nil {
			return domain.EventPage{}, err
		}
		for _, event := range found.Events {
			own, told := event.ForUser()
			if !told {
				continue
			}
			if page.Events = append(page.Events, own); len(page.Events) == wanted {
				return page, nil
			}
		}
		switch n := len(found.Events); {
		case found.Before != "":
			f.Before = found.Before
		case n == f.Limit:
			f.Before = found.Events[n-1].ID
		default:
			return page, nil
		}
	}
	page.Before = f.Before
	if n := len(page.Events); n > 0 {
		page.Before = page.Events[n-1].ID
	}
	return page, nil
}
