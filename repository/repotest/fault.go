package repotest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// Fault is what a store meets below it.
type Fault string

// The faults; becomes says what a store makes of them.
const (
	StoreClosed Fault = "the store is closed"
	ServerGone  Fault = "the server is gone"
	ServerStops Fault = "the server stops, and refuses what it is asked"
	TooSlow     Fault = "the server ends what takes long"
	OthersFirst Fault = "others come first however often it is asked"
	DiskFull    Fault = "the disk is full"
)

// becomes says which error of failures a call has that meets a fault, and no other.
var becomes = map[Fault]struct{ read, change error }{
	StoreClosed: {domain.ErrStoreUnreachable, domain.ErrStoreUnreachable},
	ServerGone:  {domain.ErrStoreUnreachable, domain.ErrStoreUnreachable},
	ServerStops: {domain.ErrStoreUnreachable, domain.ErrStoreUnreachable},
	TooSlow:     {domain.ErrStoreTimeout, domain.ErrStoreTimeout},
	OthersFirst: {domain.ErrStoreUnreachable, domain.ErrConflict},
	DiskFull:    {nil, domain.ErrUnavailable}, // who reads need not notice
}

var failures = []error{
	domain.ErrStoreTimeout, domain.ErrStoreUnreachable, domain.ErrUnavailable, domain.ErrOutcomeUnknown,
	domain.ErrConflict, domain.ErrTokenSpent, domain.ErrNotFound, domain.ErrAlreadyExists,
}

// RunFaults runs the part of the suite that is about faults. Meet opens, for each
// that an engine can meet, a store on which every call does that uses a table.
func RunFaults(t *testing.T, meet map[Fault]func(t *testing.T) store.Store) {
	for fault, open := range meet {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s, want := open(t), becomes[fault]
			if want.read != nil {
				allEndWith(t.Context(), t, s, reads, want.read)
			}
			allEndWith(t.Context(), t, s, writes, want.change)
		})
	}
}

// endedContracts are about what a caller does, and need no fault below.
var endedContracts = []contract{
	{"a call whose caller has gone says so", func(t *testing.T, s store.Store) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		allEndWith(ctx, t, s, reads, context.Canceled)
		mayEndWith(ctx, t, s, writes, context.Canceled)
	}},
	{"a call whose time has run out says so", func(t *testing.T, s store.Store) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		t.Cleanup(cancel)
		allEndWith(ctx, t, s, reads, context.DeadlineExceeded)
		mayEndWith(ctx, t, s, writes, context.DeadlineExceeded)
	}},
}

// allEndWith makes each call with ctx, side by side.
func allEndWith(ctx context.Context, t *testing.T, s store.Store, calls map[string]call, want error) {
	t.Helper()
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isExactly(t, call(ctx, s), want)
		})
	}
}

// mayEndWith is allEndWith for calls that may be carried out all the same, or be
// refused before they are begun.
func mayEndWith(ctx context.Context, t *testing.T, s store.Store, calls map[string]call, want error) {
	t.Helper()
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := call(ctx, s); err != nil && !errors.Is(err, domain.ErrUnavailable) {
				isExactly(t, err, want)
			}
		})
	}
}

type call func(ctx context.Context, s store.Store) error

var reads = map[string]call{
	"Tenant": func(ctx context.Context, s store.Store) error {
		_, err := s.Tenant(ctx, "acme")
		return err
	},
	"Tenants": func(ctx context.Context, s store.Store) error {
		_, err := s.Tenants(ctx)
		return err
	},
	"ServiceKeys": func(ctx context.Context, s store.Store) error {
		_, err := s.ServiceKeys(ctx, "acme")
		return err
	},
	"ServiceKey": func(ctx context.Context, s store.Store) error {
		_, err := s.ServiceKey(ctx, "acme", []byte("hash"))
		return err
	},
	"User": func(ctx context.Context, s store.Store) error {
		_, err := s.User(ctx, "acme", "anna")
		return err
	},
	"UsersByKey": func(ctx context.Context, s store.Store) error {
		_, err := s.UsersByKey(ctx, []domain.UserKey{{TenantID: "acme", UserID: "anna"}})
		return err
	},
	"Users": func(ctx context.Context, s store.Store) error {
		_, err := s.Users(ctx, "acme", domain.UserFilter{})
		return err
	},
	"Headcount": func(ctx context.Context, s store.Store) error {
		_, err := s.Headcount(ctx, "acme", fixture.Noon)
		return err
	},
	"RecoveryCodes": func(ctx context.Context, s store.Store) error {
		_, err := s.RecoveryCodes(ctx, "acme", "anna")
		return err
	},
	"Answer": func(ctx context.Context, s store.Store) error {
		_, err := s.Answer(ctx, domain.AnswerKey{TenantID: "acme", Key: "answer"})
		return err
	},
	"TokenSpent": func(ctx context.Context, s store.Store) error {
		_, err := s.TokenSpent(ctx, "acme", "token")
		return err
	},
	"Events": func(ctx context.Context, s store.Store) error {
		_, err := s.Events(ctx, "acme", domain.EventFilter{})
		return err
	},
	"Keys": func(ctx context.Context, s store.Store) error {
		_, err := s.Keys(ctx)
		return err
	},
}

var writes = map[string]call{
	"a single change": func(ctx context.Context, s store.Store) error {
		tenant := fixture.TenantNamed(fmt.Sprintf("fault-%d", fixture.Tenants.Add(1)))
		tenant.DisplayName = manyPages
		return s.Commit(ctx, []domain.Change{{TenantID: tenant.ID, Tenant: &tenant}})[0]
	},
	"a batch": func(ctx context.Context, s store.Store) error {
		id := fmt.Sprintf("fault-%d", fixture.Tenants.Add(1))
		anna, ben := fixture.NewUser(id, "anna"), fixture.NewUser(id, "ben")
		anna.DisplayName, ben.DisplayName = manyPages, manyPages
		return errors.Join(s.Commit(ctx, []domain.Change{fixture.Save(anna), fixture.Save(ben)})...)
	},
}

// manyPages is more than there is room for in pages that are there.
var manyPages = strings.Repeat("x", 100_000)

// isExactly compares with all that a store may say.
func isExactly(t *testing.T, got, want error) {
	t.Helper()
	fixture.WantErr(t, got, want)
	for _, other := range failures {
		if other != want && errors.Is(got, other) {
			t.Errorf("error is %v, which is %v too", got, other)
		}
	}
}
