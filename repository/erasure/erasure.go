package erasure

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/countersign/countersign/repository/row"
	"github.com/countersign/countersign/repository/session"
	"github.com/countersign/countersign/service/domain"
)

// Store is a personaldata.Store.
type Store struct {
	db     session.Database
	engine engine
}

// MayErase reports whether the role of this process may change the trail.
func (s *Store) MayErase(ctx context.Context) (may bool, err error) {
	query := s.db.Reader(ctx).Raw(s.engine.may)
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Row().Scan(&may) }); err != nil {
		return false, fmt.Errorf("look for the right to change the trail: %w", err)
	}
	return may, nil
}

// ofPerson selects by the id; ofErasure the row of one erasure, which another erasure of
// that id may have replaced.
const (
	ofPerson  = "tenant_id = @tenant AND user_id = @user"
	ofErasure = ofPerson + " AND pseudonym = @pseudonym"
)

func person(e domain.Erasure) map[string]any {
	return map[string]any{"tenant": e.TenantID, "user": e.UserID, "pseudonym": e.Pseudonym}
}

// Erasure returns the erasure of a person, or ErrNotFound.
func (s *Store) Erasure(ctx context.Context, tenantID, userID string) (domain.Erasure, error) {
	found, err := s.erasures(s.db.Reader(ctx).Where(ofPerson, person(domain.Erasure{TenantID: tenantID, UserID: userID})))
	if err != nil || len(found) == 0 {
		return domain.Erasure{}, orNotFound(err)
	}
	return found[0], nil
}

func orNotFound(err error) error {
	if err == nil {
		return domain.ErrNotFound
	}
	return err
}

// Erasures returns those of all tenants, the oldest first.
func (s *Store) Erasures(ctx context.Context, limit int) ([]domain.Erasure, error) {
	return s.erasures(s.db.Reader(ctx).Order("begun_at, tenant_id, user_id").Limit(limit))
}

func (s *Store) erasures(query *gorm.DB) ([]domain.Erasure, error) {
	var rows []row.Erasure
	if err := s.db.Retry(query, func(query *gorm.DB) error { return query.Find(&rows).Error }); err != nil {
		return nil, fmt.Errorf("read erasures: %w", err)
	}
	found := make([]domain.Erasure, len(rows))
	for i, r := range rows {
		found[i] = r.Domain()
	}
	return found, nil
}

// End notes where the person's events end, unless that is noted.
func (s *Store) End(ctx context.Context, e domain.Erasure, before string) error {
	given := person(e)
	given["before"] = before
	return s.execute(ctx, "note where the events of somebody end", "UPDATE erasures SET before_event = @before WHERE "+ofErasure+" AND before_event = ''", given)
}

// Done notes that no event named the person, unless that is noted.
func (s *Store) Done(ctx context.Context, e domain.Erasure, at time.Time) error {
	given := person(e)
	given["at"] = row.Stamp(at)
	return s.execute(ctx, "note that somebody is erased", "UPDATE erasures SET done_at = @at WHERE "+ofErasure+" AND done_at IS NULL", given)
}

// Forget removes the row of an erasure, and with it the last place that has both the id
// and the pseudonym.
func (s *Store) Forget(ctx context.Context, e domain.Erasure) error {
	return s.execute(ctx, "forget an erasure", "DELETE FROM erasures WHERE "+ofErasure, person(e))
}

func (s *Store) execute(ctx context.Context, what, statement string, given map[string]any) error {
	err := s.db.Transaction(ctx, func(tx *gorm.DB) error { return tx.Exec(statement, given).Error })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
