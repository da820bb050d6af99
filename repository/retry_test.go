package repository_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// failingView makes a view of a table, over which statements fail so many times as is
// said, as they do at SERIALIZABLE because of what others do at the same time.
const failingView = `
ALTER TABLE %[1]s RENAME TO %[1]s_rows;
CREATE VIEW %[1]s AS SELECT * FROM %[1]s_rows WHERE fail_first()`

const failingFunction = `
CREATE SEQUENCE attempts;
CREATE FUNCTION fail_first() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	IF nextval('attempts') <= 3 THEN
		RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
	END IF;
	RETURN true;
END $$`

func TestWhatFailsBecauseOfOthersIsDoneAgain(t *testing.T) {
	t.Parallel()
	const tenant, user = "acme", "0"
	now := time.Now()
	answer := domain.AnswerKey{TenantID: tenant, Key: "answer"}
	for name, use := range map[string]func(context.Context, *repository.Store) (found int, err error){
		"Tenant": func(ctx context.Context, s *repository.Store) (int, error) {
			_, err := s.Tenant(ctx, tenant)
			return 1, err
		},
		"Tenants":     func(ctx context.Context, s *repository.Store) (int, error) { return count(s.Tenants(ctx)) },
		"ServiceKeys": func(ctx context.Context, s *repository.Store) (int, error) { return count(s.ServiceKeys(ctx, tenant)) },
		"User": func(ctx context.Context, s *repository.Store) (int, error) {
			_, err := s.User(ctx, tenant, user)
			return 1, err
		},
		"Keys": func(ctx context.Context, s *repository.Store) (int, error) { return count(s.Keys(ctx)) },
		"Users": func(ctx context.Context, s *repository.Store) (int, error) {
			return count(s.Users(ctx, tenant, domain.UserFilter{}))
		},
		"Users by name": func(ctx context.Context, s *repository.Store) (int, error) {
			return count(s.Users(ctx, tenant, domain.UserFilter{Prefix: "u"}))
		},
		"Users affected": func(ctx context.Context, s *repository.Store) (int, error) {
			return count(s.Users(ctx, tenant, domain.UserFilter{Affected: &domain.Mandate{Methods: domain.MethodsPhishingResistant}}))
		},
		"UsersByKey": func(ctx context.Context, s *repository.Store) (int, error) {
			return count(s.UsersByKey(ctx, []domain.UserKey{{TenantID: tenant, UserID: user}}))
		},
		"Headcount": func(ctx context.Context, s *repository.Store) (int, error) {
			heads, err := s.Headcount(ctx, tenant, time.Now())
			return heads.Affected(domain.Mandate{}), err
		},
		"RecoveryCodes": func(ctx context.Context, s *repository.Store) (int, error) {
			set, err := s.RecoveryCodes(ctx, tenant, user)
			return len(set.Codes), err
		},
		"AnswersByKey": func(ctx context.Context, s *repository.Store) (int, error) {
			found, err := s.AnswersByKey(ctx, []domain.AnswerKey{answer})
			return len(found), err
		},
		"TokenSpent": func(ctx context.Context, s *repository.Store) (int, error) {
			spent, err := s.TokenSpent(ctx, tenant, "token")
			return toInt(spent), err
		},
		"Events": func(ctx context.Context, s *repository.Store) (int, error) {
			page, err := s.Events(ctx, tenant, domain.EventFilter{})
			return len(page.Events), err
		},
		"ServiceKey": func(ctx context.Context, s *repository.Store) (int, error) {
			_, err := s.ServiceKey(ctx, tenant, make([]byte, 32))
			return 1, err
		},
		"RecordServiceKeyUse": func(ctx context.Context, s *repository.Store) (int, error) {
			recorded, err := s.RecordServiceKeyUse(ctx, tenant, "key", now, time.Hour)
			return toInt(recorded), err
		},
		"UpdateKeys": func(ctx context.Context, s *repository.Store) (found int, err error) {
			err = s.UpdateKeys(ctx, func(keys []domain.Key) ([]domain.Key, error) { found = len(keys); return keys, nil })
			return found, err
		},
		"Sweep": func(ctx context.Context, s *repository.Store) (int, error) {
			return 1, s.Sweep(ctx, now.Add(time.Hour))
		},
		"a commit of one statement": func(ctx context.Context, s *repository.Store) (int, error) {
			change := newUsers(1)[0]
			change.User.Version = 1
			return 1, s.Commit(ctx, []domain.Change{change})[0]
		},
		"a commit of several": func(ctx context.Context, s *repository.Store) (int, error) {
			change := newUsers(1)[0]
			change.User.Version, change.DeleteUser = 1, true
			return 1, s.Commit(ctx, []domain.Change{change})[0]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.PostgreSQL(t)
			store := migrated(t, database)
			oneOfEach(t, store, answer.Key, now)
			makeQueriesFail(t, database)
			if found, err := use(t.Context(), store); err != nil || found != 1 {
				t.Errorf("found %d, %v", found, err)
			}
			if attempts, err := store.Attempts(t.Context()); attempts < 4 || err != nil {
				t.Errorf("it failed %d times, %v: this tests nothing", attempts-1, err)
			}
		})
	}
}

func count[Item any](items []Item, err error) (int, error) { return len(items), err }

func toInt(found bool) int {
	if found {
		return 1
	}
	return 0
}

func oneOfEach(t *testing.T, s *repository.Store, answer string, now time.Time) {
	t.Helper()
	change := newUsers(1)[0]
	change.User.Active = true
	change.Codes = &domain.RecoveryCodeSet{TenantID: "acme", UserID: "0", GeneratedAt: now, Codes: make([]domain.StoredRecoveryCode, 1)}
	change.Events = []domain.Event{{TenantID: "acme", ID: "event", At: now, Outcome: domain.OutcomeSuccess, Actor: domain.Actor{Type: domain.ActorOperator}}}
	change.Answer = &domain.Answer{Key: answer, Sealed: []byte{}, CreatedAt: now, ExpiresAt: now}
	tenant := domain.Tenant{ID: "acme", Edition: domain.EditionServer, Policy: domain.DefaultPolicy()}
	mustCommit(t, s,
		domain.Change{TenantID: "acme", Tenant: &tenant, ServiceKey: &domain.ServiceKey{TenantID: "acme", ID: "key"}},
		change, domain.Change{TenantID: "acme", SpentTokens: []domain.SpentToken{{ID: "token", ExpiresAt: now}}})
	err := s.UpdateKeys(t.Context(), func([]domain.Key) ([]domain.Key, error) {
		return []domain.Key{{ID: "key", Kind: domain.KeyTicket, State: domain.KeyCurrent, Sealed: []byte{}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tables are those that the service reads and writes.
var tables = []string{"tenants", "service_keys", "users", "headcounts", "standings", "recovery_code_sets", "audit_events", "spent_tokens", "answers", "keys"}

func makeQueriesFail(t *testing.T, database string) {
	t.Helper()
	conn := connect(t, database)
	if _, err := conn.Exec(t.Context(), failingFunction); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if _, err := conn.Exec(t.Context(), fmt.Sprintf(failingView, table)); err != nil {
			t.Fatal(err)
		}
	}
}
