package personaldata

import (
	"context"
	"errors"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/store"
)

// Who asked for what takes too long can ask for less.
var errExportTooLong = domain.ErrUnavailable.WithDetail("This export takes too long now. Ask for smaller pages, or try again later.")

// Export is what is held about a person, with one page of the events.
type Export struct {
	At       time.Time
	TenantID string
	UserID   string
	User     *Record // nil: there is no such user any more, or never was, and the trail is all
	Events   []domain.Event
	Next     string // an event id: go on before it; empty: there are no more
}

// Record is what is held about a user beside the trail.
type Record struct {
	domain.User
	Status  domain.TwoFactorStatus
	Factors []Factor
	Codes   domain.RecoveryCodeSet
}

// Factor is a factor as its user may see it.
type Factor struct {
	domain.Factor
	Description  any    // of its kind; nil: the kind is not known here
	CredentialID []byte // of an active passkey
}

// Page says which events an export has.
type Page struct {
	Before string // an event id; empty: the newest
	Limit  int
}

// ExportUser returns all that is held about a person, but what is secret. That it was
// asked for is in the trail before it is read, for each page: whoever goes on with a page
// may never have asked for the first. Somebody of whom nothing is held is ErrNotFound.
func (s *PersonalData) ExportUser(ctx context.Context, c domain.Caller, userID string, p Page) (Export, error) {
	if err := s.access.Authorize(ctx, c, domain.OpExportUser, userID); err != nil {
		return Export{}, err
	}
	return store.ReadList(ctx, errExportTooLong, func(ctx context.Context) (Export, error) {
		return s.export(ctx, s.byCaller(c), c.TenantID, userID, p)
	})
}

// OperatorExportUser is ExportUser at the command line. The pages of one document leave one
// event.
func (s *PersonalData) OperatorExportUser(ctx context.Context, op domain.Operator, tenantID, userID string, p Page) (Export, error) {
	by := s.byOperator(op, tenantID)
	if p.Before != "" {
		by = nil
	}
	return s.export(ctx, by, tenantID, userID, p)
}

// export leaves an event by whoever asks; nil: nobody has to.
func (s *PersonalData) export(ctx context.Context, by by, tenantID, userID string, p Page) (Export, error) {
	tenant, err := s.store.Tenant(ctx, tenantID)
	if err != nil {
		return Export{}, err
	}
	export := Export{At: s.clock.Now(), TenantID: tenantID, UserID: userID}
	if export.User, err = s.record(ctx, tenant, userID); err != nil {
		return Export{}, err
	}
	if by != nil {
		if err := s.noteExport(ctx, by, export); err != nil {
			return Export{}, err
		}
	}
	events, err := s.erasures.EventsNaming(ctx, tenantID, userID, p.Before, p.Limit+1)
	if err != nil {
		return Export{}, err
	}
	if len(events) > p.Limit {
		events = events[:p.Limit]
		export.Next = events[p.Limit-1].ID
	}
	export.Events = events
	return export, nil
}

// noteExport leaves nothing in the trail about whom it does not know.
func (s *PersonalData) noteExport(ctx context.Context, by by, export Export) error {
	event := by(domain.ActionUserExported, export.UserID)
	if export.User == nil {
		named, err := s.erasures.EventsNaming(ctx, event.TenantID, export.UserID, "", 1)
		if err != nil {
			return err
		}
		if len(named) == 0 {
			return domain.ErrNotFound
		}
	}
	return s.trail.Write(ctx, event)
}

// record is nil where there is no such user.
func (s *PersonalData) record(ctx context.Context, tenant domain.Tenant, userID string) (*Record, error) {
	user, err := s.store.User(ctx, tenant.ID, userID)
	if errors.Is(err, domain.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := s.clock.TenantNow(tenant)
	record := &Record{User: user, Status: domain.StatusOf(user, tenant, now)}
	if record.Codes, err = s.store.RecoveryCodes(ctx, tenant.ID, userID); err != nil {
		return nil, err
	}
	round := s.kinds.Round(tenant, user, now)
	for _, f := range user.Factors {
		one := Factor{Factor: f}
		kind := s.kinds.Enroller(f.Type)
		if kind != nil {
			one.Description = kind.Describe(f)
		}
		if named, ok := kind.(factor.Credential); ok && f.State == domain.FactorActive {
			if one.CredentialID, err = named.CredentialID(round, f); err != nil {
				return nil, err
			}
		}
		record.Factors = append(record.Factors, one)
	}
	return record, nil
}
