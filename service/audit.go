package service

import (
	"context"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Who asked for what takes too long can ask for less.
var errEventsTooLong = domain.ErrUnavailable.WithDetail("This list takes too long now. Narrow it by from and to, or by user_id, and ask for smaller pages; or try again later.")

// ListEvents returns audit events, newest first. Refusals and views are among
// them; reading the trail leaves none.
func (s *Service) ListEvents(ctx context.Context, c domain.Caller, f domain.EventFilter) (domain.EventPage, error) {
	if err := s.access.Authorize(ctx, c, domain.OpListEvents, ""); err != nil {
		return domain.EventPage{}, err
	}
	if f.UserID != "" && !domain.ValidUserID(f.UserID) {
		return domain.EventPage{}, domain.ErrUserID
	}
	return store.ReadList(ctx, errEventsTooLong, func(ctx context.Context) (domain.EventPage, error) { return s.store.Events(ctx, c.TenantID, f) })
}
