package migration

import (
	"context"
	"iter"
	"strconv"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
)

// usersAtOnce is how many users an export reads at once.
const usersAtOnce = 500

// FactorExportInput says what becomes of the factors of a tenant.
type FactorExportInput struct {
	Format    factorfile.Format // for the audit trail
	Encrypted bool              // for the audit trail
	// Begin is told how many factors there are, before any is read; nil: nobody asks.
	Begin func(factors int)
	// Write takes the factors, in the order of the users' ids. It is called once,
	// after the audit row is committed.
	Write func(iter.Seq2[factorfile.Record, error]) error
}

// OperatorExportFactors hands over every active TOTP factor of a tenant, with its
// secret, and returns how many it was. What it does is in the audit trail before
// the first secret is opened. Memory is bounded, however many they are. A tenant
// that does not exist is ErrNotFound.
func (s *Migration) OperatorExportFactors(ctx context.Context, op domain.Operator, tenantID string, in FactorExportInput) (int, error) {
	tenant, err := s.store.Tenant(ctx, tenantID)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, err := range s.exportable(ctx, tenant) {
		if err != nil {
			return 0, err
		}
		count++
	}
	event := s.trail.ByOperator(op, tenantID, domain.ActionFactorsExported, "").With(
		"format", string(in.Format), "count", strconv.Itoa(count), "encrypted", strconv.FormatBool(in.Encrypted))
	if err := s.trail.Write(ctx, event); err != nil {
		return 0, err
	}
	if in.Begin != nil {
		in.Begin(count)
	}
	written := 0
	err = in.Write(s.records(ctx, tenant, &written))
	return written, err
}

// owned is a factor and whose it is.
type owned struct {
	user   domain.User
	factor domain.Factor
}

// exportable are the active TOTP factors of users who can use them.
func (s *Migration) exportable(ctx context.Context, tenant domain.Tenant) iter.Seq2[owned, error] {
	enabled := true
	filter := domain.UserFilter{Enabled: &enabled, Limit: usersAtOnce}
	return func(yield func(owned, error) bool) {
		for {
			users, err := s.store.Users(ctx, tenant.ID, filter)
			if err != nil {
				yield(owned{}, err)
				return
			}
			for _, user := range users {
				for _, f := range apps(user.ActiveFactors()) {
					if !yield(owned{user, f}, nil) {
						return
					}
				}
			}
			if len(users) < usersAtOnce {
				return
			}
			filter.After = domain.Place{UserID: users[len(users)-1].ID}
		}
	}
}

// records opens the secrets one after the other, and counts them.
func (s *Migration) records(ctx context.Context, tenant domain.Tenant, written *int) iter.Seq2[factorfile.Record, error] {
	return func(yield func(factorfile.Record, error) bool) {
		for o, err := range s.exportable(ctx, tenant) {
			var record factorfile.Record
			if err == nil {
				record, err = s.record(tenant, o)
			}
			if !yield(record, err) || err != nil {
				return
			}
			*written++
		}
	}
}

func (s *Migration) record(tenant domain.Tenant, o owned) (factorfile.Record, error) {
	kind, err := s.totp()
	if err != nil {
		return factorfile.Record{}, err
	}
	known, err := kind.Export(s.kinds.Round(tenant, o.user, o.factor.CreatedAt), o.factor)
	if err != nil {
		return factorfile.Record{}, err
	}
	return factorfile.Record{
		UserID: o.user.ID, Username: o.user.Username, Name: o.factor.Name,
		Secret: factorfile.NewSecret(known.Secret), Algorithm: string(known.Algorithm), Digits: known.Digits, Period: known.Period,
	}, nil
}
