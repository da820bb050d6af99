package service_test

import (
	"context"
	"encoding/base32"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/operator"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/readiness"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/store"
)

// clock is set by the tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// world is one tenant on a real store, with a clock of its own.
type world struct {
	*testing.T
	ctx    context.Context
	store  batch.Inner
	sealer *seal.Sealer
	// operatorKeys stay as they are whatever a test puts around the store.
	operatorKeys store.OperatorKeys
	erasures     personaldata.Store
	clock        *clock
	svc          *service.Service
	key          domain.Caller
}

const tenantName = "acme"

// onEachStore runs a promise on SQLite and on PostgreSQL.
func onEachStore(t *testing.T, promise func(w *world)) {
	t.Helper()
	urls := map[string]func(testing.TB) string{
		"sqlite":   dbtest.SQLite,
		"postgres": dbtest.PostgreSQL,
	}
	for name, url := range urls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			promise(newWorld(t, url(t)))
		})
	}
}

// onSQLite runs a promise that does not depend on the engine.
func onSQLite(t *testing.T) *world {
	t.Helper()
	return newWorld(t, dbtest.SQLite(t))
}

func newWorld(t *testing.T, url string) *world {
	t.Helper()
	w := &world{T: t, ctx: t.Context(), clock: &clock{now: time.Now().UTC().Truncate(time.Second)}}
	store, err := repository.Open(context.Background(), url, repository.Options{})
	w.ok(err)
	t.Cleanup(func() { _ = store.Close() })
	w.ok(store.Migrator().Migrate(w.ctx))
	w.store, w.operatorKeys, w.erasures = store, store, store.Erasures()
	keyset := filepath.Join(t.TempDir(), "keyset")
	w.ok(seal.CreateKeysetFile(keyset))
	w.sealer, err = seal.LoadKeysetFile(keyset)
	w.ok(err)
	w.ok(keys.Prepare(w.ctx, store, w.sealer, w.clock.Now()))
	w.svc = w.replica()
	_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{Account: "test"}, operator.TenantInput{ID: tenantName})
	w.ok(err)
	w.key, err = w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	return w
}

// replica is a further process on the same store, which knows these kinds of
// factors.
func (w *world) replica(kinds ...factor.Kind) *service.Service {
	w.Helper()
	s, err := service.New(w.ctx, service.Config{
		Store: store.Observed{Store: batch.New(w.store, nil), Observer: apptest.TypedEvents{TB: w}}, OperatorKeys: w.operatorKeys, Erasures: w.erasures, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock, Kinds: kinds,
	})
	w.ok(err)
	return s
}

// probed is what readiness finds now.
func (w *world) probed(s *service.Service) readiness.Readiness {
	w.Helper()
	store, ok := w.store.(*repository.Store)
	if !ok {
		w.Fatalf("%T is no store of readiness", w.store)
	}
	prober := s.Prober(readiness.Config{Store: store.Readiness()})
	prober.Probe(w.ctx)
	return prober.Last()
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// put creates a local, active user.
func (w *world) put(id string, role domain.Role) {
	w.Helper()
	w.profile(id, domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: role, Active: true})
}

func (w *world) profile(id string, p domain.Profile) {
	w.Helper()
	_, _, err := w.svc.PutUser(w.ctx, w.key, id, directory.UserInput{Profile: p})
	w.ok(err)
}

// device is an authenticator in the hands of a user.
type device struct {
	w        *world
	userID   string
	factorID string
	shows    factortest.Device
	codes    []string // recovery codes
	pass     string   // the access pass that its user was given
	behind   time.Duration
}

// code returns what the device shows, steps of its own from now.
func (d *device) code(steps int64) string { return d.shows.CodeAt(d.step() + steps) }

func (d *device) step() int64 { return d.shows.StepAt(d.w.clock.Now().Add(-d.behind)) }

// importFactor gives a user who is there an active factor that was enrolled elsewhere.
func (w *world) importFactor(id string, shows factortest.Device) *device {
	w.Helper()
	factorID, err := factortest.Add(w.ctx, w.store, w.sealer, domain.UserKey{TenantID: tenantName, UserID: id}, shows, w.clock.Now())
	w.ok(err)
	return &device{w: w, userID: id, factorID: factorID, shows: shows}
}

// wrong returns a code that no step near now has.
func (d *device) wrong() string {
	near := map[string]bool{}
	for step := int64(-45); step <= 45; step++ {
		near[d.code(step)] = true
	}
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%0*d", d.shows.Digits, n); !near[code] {
			return code
		}
	}
}

// begin begins an enrollment.
func (w *world) begin(in service.EnrollInput) *device {
	w.Helper()
	e, err := w.svc.BeginEnrollment(w.ctx, w.key, in)
	w.ok(err)
	app := factortest.Plain()
	app.Secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(e.Secret)
	w.ok(err)
	return &device{w: w, userID: in.UserID, factorID: e.Factor.ID, shows: app}
}

// confirm confirms with the previous and the current code, and moves on to a
// fresh step.
func (d *device) confirm() *device {
	d.w.Helper()
	p, err := d.w.svc.Confirm(d.w.ctx, d.w.key, d.confirmation(d.code(-1), d.code(0)))
	d.w.ok(err)
	d.codes = p.RecoveryCodes
	d.w.clock.advance(30 * time.Second)
	return d
}

// confirmation is what confirms the device by codes.
func (d *device) confirmation(codes ...string) service.ConfirmInput {
	return service.ConfirmInput{UserID: d.userID, FactorID: d.factorID, Codes: codes}
}

func (d *device) pair(codes ...string) service.PairInput {
	return service.PairInput{UserID: d.userID, FactorID: d.factorID, Codes: codes}
}

// enroll creates a user with a device.
func (w *world) enroll(id string, role domain.Role) *device {
	w.Helper()
	w.put(id, role)
	return w.begin(service.EnrollInput{UserID: id}).confirm()
}

// verify sends a code to a replica.
func (d *device) verify(s *service.Service, code string) error {
	_, err := s.Verify(d.w.ctx, d.w.key, service.VerifyInput{UserID: d.userID, Proof: proof.Input{Code: code}})
	return err
}

// recover sends a recovery code to a replica.
func (d *device) recover(s *service.Service, code string) error {
	_, err := s.Verify(d.w.ctx, d.w.key, service.VerifyInput{UserID: d.userID, Proof: proof.Input{RecoveryCode: code}})
	return err
}

// stepUp proves the device's current code for Countersign's own routes, on a
// fresh step.
func (d *device) stepUp() string {
	d.w.Helper()
	d.w.clock.advance(30 * time.Second)
	p, err := d.w.svc.Verify(d.w.ctx, d.w.key, service.VerifyInput{
		UserID: d.userID, Proof: proof.Input{Code: d.code(0)},
		Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
	d.w.ok(err)
	return p.Token
}

// snapshot reads the aggregate past the service.
func (w *world) snapshot(id string) domain.User {
	w.Helper()
	u, err := w.store.User(w.ctx, tenantName, id)
	w.ok(err)
	return u
}

// events returns the audit trail of a user, newest first.
func (w *world) events(id string) []domain.Event {
	w.Helper()
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{UserID: id, Limit: 200})
	w.ok(err)
	return page.Events
}

// tally counts outcomes of concurrent calls by error code; "" is success.
type tally map[domain.Code]int

// race runs n calls at once and tallies how they ended.
func race(n int, call func(i int) error) tally {
	results := make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() {
			start.Wait()
			results[i] = call(i)
		})
	}
	start.Done()
	done.Wait()
	counts := tally{}
	for _, err := range results {
		counts[codeOf(err)]++
	}
	return counts
}
