package seed_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/seed"
	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/seal"
)

const enrolled, others = 1100, 110 // more than is copied, or committed, at once

// What is seeded is as good as what the service makes: codes and recovery codes verify, once; the codes can be
// shown; who is not enrolled can be counted.
func TestSeededUsersReallyVerify(t *testing.T) {
	t.Parallel()
	for _, engine := range []struct {
		name string
		url  func(*testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "countersign.db") }},
		{"postgresql", func(t *testing.T) string { return pgtest.URL(t) }},
	} {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, engine.url(t))
			var telling sync.Mutex
			done := 0
			people, err := seed.Seed(t.Context(), seed.Order{
				DatabaseURL: d.url, Keyset: d.keyset, Tenant: "acme", Enrolled: enrolled, Others: others,
				Progress: func(n, _ int) {
					telling.Lock()
					defer telling.Unlock()
					done = max(done, n)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if engine.name == "sqlite" && done != enrolled+others { // elsewhere it is told from several goroutines
				t.Errorf("%d were told to be done, of %d", done, enrolled+others)
			}
			d.codesVerifyOnce(t, people)
			d.recoveryCodesVerifyAndAreShown(t, people)
			d.countsAreRight(t)
		})
	}
}

func (d deployment) codesVerifyOnce(t *testing.T, people *seed.People) {
	t.Helper()
	for range 30 {
		id, code, err := people.Code(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		in := service.VerifyInput{UserID: id, Proof: proof.Input{Code: code}}
		if _, err := d.service.Verify(t.Context(), d.caller, in); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		if _, err := d.service.Verify(t.Context(), d.caller, in); !errors.Is(err, domain.ErrCodeInvalid) {
			t.Fatalf("%s, the same code again: %v", id, err)
		}
	}
}

func (d deployment) recoveryCodesVerifyAndAreShown(t *testing.T, people *seed.People) {
	t.Helper()
	id, recovery, err := people.RecoveryCode()
	if err != nil {
		t.Fatal(err)
	}
	proven, err := d.service.Verify(t.Context(), d.caller, service.VerifyInput{
		UserID: id, Proof: proof.Input{RecoveryCode: recovery},
	})
	if err != nil || proven.RecoveryCodesRemaining != 7 {
		t.Fatalf("%s: %d remain, %v", id, proven.RecoveryCodesRemaining, err)
	}
	set, err := d.store.RecoveryCodes(t.Context(), "acme", id)
	if err != nil || len(set.Codes) != 8 {
		t.Fatalf("%d codes, %v", len(set.Codes), err)
	}
	user, err := d.store.User(t.Context(), "acme", id)
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range set.Codes[1:] {
		text, err := d.sealer.Open(code.Sealed, seal.RecoveryCode("acme", id, user.Incarnation, set.GeneratedAt, i+1))
		if err != nil || len(text) != len(recovery) {
			t.Errorf("code %d is sealed as %d bytes, %v", i+1, len(text), err)
		}
	}
}

func (d deployment) countsAreRight(t *testing.T) {
	t.Helper()
	head, err := d.store.Headcount(t.Context(), "acme", time.Now())
	if affected := head.Affected(domain.Mandate{}); err != nil || affected != others {
		t.Errorf("%d users have no factor, %v; want %d", affected, err, others)
	}
	users, err := d.store.Users(t.Context(), "acme", domain.UserFilter{})
	if err != nil || len(users) != enrolled+others {
		t.Errorf("%d users, %v", len(users), err)
	}
}

// The two ways of seeding write the same users, though only one of them knows how rows are laid out.
func TestBothWaysOfSeedingWriteTheSame(t *testing.T) {
	t.Parallel()
	var read [2]domain.User
	var codes [2]domain.RecoveryCodeSet
	for n, url := range []string{"sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), pgtest.URL(t)} {
		d := deploy(t, url)
		if _, err := seed.Seed(t.Context(), seed.Order{
			DatabaseURL: d.url, Keyset: d.keyset, Tenant: "acme", Enrolled: 10, Others: 2,
		}); err != nil {
			t.Fatal(err)
		}
		var err error
		if read[n], err = d.store.User(t.Context(), "acme", "u-00000007"); err != nil {
			t.Fatal(err)
		}
		if codes[n], err = d.store.RecoveryCodes(t.Context(), "acme", "u-00000007"); err != nil {
			t.Fatal(err)
		}
	}
	// Keys and nonces are each deployment's own; the times are those of the two calls.
	byValue := cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".Secret" || name == ".Sealed" || name == ".MAC" || name == ".KeyID"
	}, cmp.Comparer(func(a, b any) bool { return true }))
	sameDay := cmp.Comparer(func(a, b time.Time) bool { return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < time.Hour })
	if diff := cmp.Diff(read[0], read[1], byValue, sameDay); diff != "" {
		t.Errorf("users differ (-SQLite +PostgreSQL):\n%s", diff)
	}
	if diff := cmp.Diff(codes[0], codes[1], byValue, sameDay); diff != "" {
		t.Errorf("recovery codes differ (-SQLite +PostgreSQL):\n%s", diff)
	}
}

// deployment is the service on a database, without HTTP.
type deployment struct {
	url, keyset string
	store       *repository.Store
	sealer      *seal.Sealer
	service     *service.Service
	caller      domain.Caller
}

func deploy(t *testing.T, url string) deployment {
	t.Helper()
	d := deployment{url: url, keyset: filepath.Join(t.TempDir(), "keyset")}
	var err error
	must := func(step string) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
	err = seal.CreateKeysetFile(d.keyset)
	must("keyset")
	d.sealer, err = seal.LoadKeysetFile(d.keyset)
	must("keyset")
	d.store, err = repository.Open(t.Context(), url, repository.Options{})
	must("open")
	t.Cleanup(func() { _ = d.store.Close() })
	err = d.store.Migrator().Migrate(t.Context())
	must("migrate")
	err = keys.Prepare(t.Context(), d.store, d.sealer, time.Now())
	must("keys")
	d.service, err = service.New(t.Context(), service.Config{Store: batch.New(d.store, nil), OperatorKeys: d.store, Sealer: d.sealer, Issuer: "https://countersign.test"})
	must("service")
	d.caller, err = d.login(t.Context())
	must("tenant")
	return d
}

func (d deployment) login(ctx context.Context) (domain.Caller, error) {
	_, key, err := d.service.CreateTenant(ctx, domain.Operator{Account: "test"}, operator.TenantInput{ID: "acme", Edition: domain.EditionServer})
	if err != nil {
		return domain.Caller{}, err
	}
	return d.service.Authenticate(ctx, key)
}
