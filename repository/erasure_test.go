package repository_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/repotest/parttest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/store"
)

func TestErasuresKeepTheirContract(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parttest.RunErasures(t, func(t *testing.T) (store.Store, personaldata.Store) {
				s := open(t, url(t), repository.Options{})
				return s, s.Erasures()
			})
		})
	}
}

// A role that serves may be kept from changing the trail: who asks for an erasure is
// told before anything is done.
func TestWhetherARoleMayChangeTheTrailIsKnownBeforehand(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	s := open(t, url, repository.Options{})
	db, reader := connect(t, url), readerOf(t, url, "eraser")
	for _, c := range []struct {
		grant string
		may   bool
	}{
		{"", false},
		{"GRANT UPDATE (user_id, actor_user_id) ON audit_events TO {role}", false},
		{"GRANT UPDATE (actor_id, address, request_id, reason, details) ON audit_events TO {role}", true},
	} {
		if c.grant != "" {
			exec(t, db, strings.ReplaceAll(c.grant, "{role}", roleOf(t, reader)))
		}
		served, err := repository.Open(t.Context(), reader, repository.Options{})
		ended(t, err)
		if may, err := served.Erasures().MayErase(t.Context()); err != nil || may != c.may {
			t.Errorf("after %q it may: %v, %v", c.grant, may, err)
		}
		ended(t, served.Close())
	}
	if may, err := s.Erasures().MayErase(t.Context()); err != nil || !may {
		t.Errorf("who owns the table may: %v, %v", may, err)
	}
}

// A job that prunes may have been given too little.
func TestARoleThatMayNotPruneIsToldThatItLacksARight(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	open(t, url, repository.Options{})
	pruner := readerOf(t, url, "pruner")
	exec(t, connect(t, url), "ALTER ROLE "+roleOf(t, pruner)+" RESET default_transaction_read_only")
	served, err := repository.Open(t.Context(), pruner, repository.Options{})
	ended(t, err)
	err = served.Feed().PruneEvents(t.Context(), time.Now(), 100, func(int) error { return nil })
	if !errors.Is(err, repository.ErrDenied) {
		t.Errorf("it prunes: %v", err)
	}
	ended(t, served.Close())
}

func roleOf(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	ended(t, err)
	return config.User
}

// However long the trail is, and whoever most of it is about, the events of a person are
// found by an index each.
func TestTheEventsOfAPersonAreFoundByTheirIndexes(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	s := open(t, url, repository.Options{})
	asked := watched(t, s)
	db := connect(t, url)
	exec(t, db, "ALTER TABLE audit_events SET (autovacuum_enabled = off)")
	exec(t, db, trailSQL)
	exec(t, db, `UPDATE audit_events SET actor_user_id = CASE WHEN event_id LIKE '%0' THEN 'root' ELSE user_id END,
		details = CASE WHEN event_id LIKE '%1' THEN '{"given_by":"root"}' ELSE details END WHERE tenant_id = 'busy'`)
	for _, mode := range []string{
		"SET plan_cache_mode = force_custom_plan", // without statistics, as after a restore
		"ANALYZE audit_events",
		"SET plan_cache_mode = force_generic_plan",
	} {
		exec(t, db, mode)
		for _, user := range []string{"robot", "root", "user-4", "nobody"} {
			*asked = nil
			_, err := store.ReadList(t.Context(), nil, func(ctx context.Context) ([]domain.Event, error) {
				return s.Erasures().EventsNaming(ctx, "busy", user, "", 50)
			})
			ended(t, err)
			for _, statement := range *asked {
				if r := statement.explained(t, db); r.buffers > 400 || len(r.others) > 0 {
					t.Errorf("%s, %s: %d pages, %q\n%s", mode, user, r.buffers, r.others, r.text)
				}
			}
			if len(*asked) != 1 {
				t.Errorf("it asked %d times", len(*asked))
			}
		}
	}
}

// aboutPersons says of each table that has the id of a user which column is told to who
// asks for an export, and why others are not; and of each other table why there is nothing
// about a person in it. What is in the documents of a row has a test of its own.
var aboutPersons = map[string]map[string]string{
	"users": {
		"tenant_id": "of who asks", "user_id": told, "incarnation": "random", "version": "counts changes", "username": told, "display_name": told,
		"username_folded": "of username", "display_name_folded": "of display_name", "auth_source": told, "role": told, "active": told,
		"enabled": told, "standing": "of the factors", "exempt_until": told, "second_factor": told, "created_at": told, "updated_at": told,
	},
	"recovery_code_sets": {
		"tenant_id": "of who asks", "user_id": told, "key_id": "a key of the service", "generated_at": told, "codes": told, // when they were used
		"sealed": "ciphertexts of secrets",
	},
	"audit_events": {
		"tenant_id": "of who asks", "event_id": told, "at": told, "action": told, "outcome": told, "user_id": told, "actor_type": told,
		"actor_id": told, "actor_user_id": told, "address": told, "request_id": told, "factor_id": told, "reason": told, "details": told,
		"xact_id": "of the database",
	},
	"erasures": {
		"tenant_id": "of who asks", "user_id": "for minutes", "pseudonym": "for minutes", "before_event": "for minutes", "begun_at": "for minutes",
		"done_at": "for minutes",
	},
}

const told = "told"

// aboutNobody are the tables that hold nothing about a person, and why.
var aboutNobody = map[string]string{
	"tenants": "of the host", "service_keys": "of the host", "headcounts": "numbers", "standings": "numbers", "keys": "of the service",
	"keyset_keys": "of the service", "write_probe": "of the service", "event_sequence": "ids of events", "event_sequencer": "of the service",
	"event_retention": "of the service",
	"operator_keys":   "of the operator, with accounts of the operating system", "webhooks": "of the operator, with accounts of the operating system",
	"webhook_deliveries": "positions of events", "webhook_sender": "of the service", "countersign_schema_versions": "of the service",
	"spent_tokens": "random ids, for minutes", "answers": "ciphertexts under digests, for 90 seconds",
}

func TestEveryColumnAboutAPersonIsExportedOrHasItsReason(t *testing.T) {
	t.Parallel()
	url := dbtest.PostgreSQL(t)
	open(t, url, repository.Options{})
	rows, err := connect(t, url).Query(t.Context(), "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
	ended(t, err)
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Table, Column string }])
	ended(t, err)
	seen := map[string][]string{}
	for _, c := range columns {
		seen[c.Table] = append(seen[c.Table], c.Column)
		if aboutNobody[c.Table] != "" {
			if strings.HasSuffix(c.Column, "user_id") {
				t.Errorf("%s has a column %s, and is said to be about nobody", c.Table, c.Column)
			}
			continue
		}
		if aboutPersons[c.Table][c.Column] == "" {
			t.Errorf("%s.%s may be about a person: export it, or say here why not, and what an erasure does with it", c.Table, c.Column)
		}
	}
	for table, known := range aboutPersons {
		for column := range known {
			if !slices.Contains(seen[table], column) {
				t.Errorf("%s.%s is not there any more", table, column)
			}
		}
	}
}

// A batch changes its events by their keys, also where the server knows nothing of the
// table yet, as after a restore: by all events of a tenant it would take as long as these
// are many, each time.
func TestABatchOfAnErasureReadsItsOwnEventsAlone(t *testing.T) {
	t.Parallel()
	const batch = 100
	url := dbtest.PostgreSQL(t)
	db := connect(t, url)
	exec(t, db, "ALTER TABLE audit_events SET (autovacuum_enabled = off)")
	exec(t, db, trailSQL)
	for _, known := range []string{"SELECT", "ANALYZE audit_events"} {
		exec(t, db, known)
		before := readSoFar(t, db)
		s, err := repository.Open(t.Context(), url, repository.Options{MaxConnections: 1}) // whose sessions report when they end
		ended(t, err)
		was, err := s.Erasures().EventsNaming(t.Context(), "busy", "robot", "", batch)
		ended(t, err)
		becomes := slices.Clone(was)
		for i := range becomes {
			becomes[i].UserID = "erased_1"
		}
		erasure := domain.Erasure{TenantID: "busy", UserID: "robot", Pseudonym: "erased_1", Before: "z", BegunAt: time.Now()}
		ended(t, s.Commit(t.Context(), []domain.Change{{TenantID: "busy", Erasure: &erasure}})[0])
		ended(t, s.Erasures().Rewrite(t.Context(), erasure, was, becomes))
		ended(t, s.Erasures().Forget(t.Context(), erasure))
		ended(t, s.Close())
		if after := readSoFar(t, db); after.rows-before.rows > 10*batch || len(was) != batch {
			t.Errorf("%s: it read %d rows to change %d", known, after.rows-before.rows, len(was))
		}
	}
}
