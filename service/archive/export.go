package archive

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/feed"
	"github.com/countersign/countersign/service/identifier"
)

// settled is how long after its time an event may be committed, and more. A decision
// takes seconds.
const settled = time.Minute

// ExportInput says which events are exported.
type ExportInput struct {
	TenantID string    // empty: those of all tenants, one after another
	Since    time.Time // zero: from the oldest on
	Until    time.Time // exclusive; zero: all there are
}

// Export reads events for write, page by page, those of a tenant by their identifiers, and
// so by their time. An event is in one of two exports that follow each other, and in no
// other: an end that is no minute ago is refused, since events of before it may be committed
// yet.
func (a *Archive) Export(ctx context.Context, in ExportInput, write func([]domain.Event) error) error {
	tenants, err := a.tenantsOf(ctx, in)
	if err != nil {
		return err
	}
	first, before := identifier.EventRange(domain.EventFilter{})
	if !in.Since.IsZero() {
		first = identifier.FirstEvent(in.Since)
	}
	if !in.Until.IsZero() {
		before = identifier.FirstEvent(in.Until)
	}
	for _, tenantID := range tenants {
		if err := a.exportTenant(ctx, tenantID, first, before, write); err != nil {
			return err
		}
	}
	return nil
}

// tenantsOf checks what is asked for, and returns whose events those are.
func (a *Archive) tenantsOf(ctx context.Context, in ExportInput) (ids []string, err error) {
	now, err := a.now(ctx)
	switch {
	case err != nil:
		return nil, err
	case !in.Until.IsZero() && !in.Since.Before(in.Until):
		return nil, domain.ErrInvalidRequest.WithDetail("There is nothing between these times; name an end that is later than the beginning.")
	case in.Until.After(now.Add(-settled)):
		return nil, domain.ErrInvalidRequest.WithDetail("Events of before that end may be committed yet; name an end that is a minute ago, or none.")
	}
	tenants, err := a.tenants.Tenants(ctx)
	if in.TenantID == "" {
		ids = append(ids, "") // what concerns none of them
	}
	for _, t := range tenants {
		if in.TenantID == "" || in.TenantID == t.ID {
			ids = append(ids, t.ID)
		}
	}
	if in.TenantID != "" && len(ids) == 0 && err == nil {
		err = domain.ErrNotFound
	}
	return ids, err
}

// exportTenant reads from the identifier first on: nothing is less than that and not less
// than what comes before it.
func (a *Archive) exportTenant(ctx context.Context, tenantID, first, before string, write func([]domain.Event) error) error {
	for {
		events, err := a.events.EventsBetween(ctx, tenantID, first, before, page)
		if err != nil {
			return err
		}
		if len(events) > 0 {
			if err := write(events); err != nil {
				return err
			}
		}
		if len(events) < page {
			return nil
		}
		first = events[len(events)-1].ID
	}
}

// Follow reads the events of since a time, and then those that are committed, for write,
// until ctx ends. The order is that of the feed: events of before there was one are not in
// it.
func (a *Archive) Follow(ctx context.Context, in ExportInput, write func([]domain.Event) error) error {
	if _, err := a.tenantsOf(ctx, in); err != nil {
		return err
	}
	position := feed.Oldest
	if !in.Since.IsZero() {
		var err error
		if position, err = a.events.PositionBefore(ctx, in.Since); err != nil {
			return err
		}
	}
	for {
		if _, err := a.events.SequenceEvents(ctx); err != nil {
			return ended(ctx, err)
		}
		found, err := a.events.EventsAfter(ctx, in.TenantID, position, page)
		if err != nil {
			return ended(ctx, err)
		}
		var events []domain.Event
		for _, e := range found {
			if position = e.Position; !e.At.Before(in.Since) {
				events = append(events, e.Event)
			}
		}
		if len(events) > 0 {
			if err := write(events); err != nil {
				return err
			}
		}
		if len(found) == page {
			continue
		}
		if err := pause(ctx, followEvery); err != nil {
			return ended(ctx, err)
		}
	}
}

// ended is err, unless ctx ended: that is how following ends.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}
