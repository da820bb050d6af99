package service_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// recorder is a store that counts the calls that record a use, and the uses
// written. Where fail is set it comes first.
type recorder struct {
	batch.Inner
	calls, written atomic.Int64
	fail           func(context.Context) error
}

func (r *recorder) RecordServiceKeyUse(ctx context.Context, tenantID, keyID string, at time.Time, interval time.Duration) (bool, error) {
	r.calls.Add(1)
	if r.fail != nil {
		return false, r.fail(ctx)
	}
	done, err := r.Inner.RecordServiceKeyUse(ctx, tenantID, keyID, at, interval)
	if done {
		r.written.Add(1)
	}
	return done, err
}

// recording is a replica whose uses of keys go through r.
func (w *world) recording(r *recorder) *service.Service {
	w.Helper()
	r.Inner = w.store
	s, err := service.New(w.ctx, service.Config{Store: batch.New(r, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock})
	w.ok(err)
	return s
}

// flush does what a process does with its uses when it ends.
func flush(s *service.Service) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.RecordKeyUses(ended, time.Hour)
}

func TestTheUseOfAKeyIsWrittenOnceAnHourByAllReplicas(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		key, text := w.newKey(0)
		var r recorder
		use := func() {
			w.Helper()
			replicas := []*service.Service{w.recording(&r), w.recording(&r), w.recording(&r)}
			for _, replica := range replicas {
				for range 3 {
					_, err := replica.Authenticate(w.ctx, text)
					w.ok(err)
				}
			}
			race(len(replicas), func(i int) error { flush(replicas[i]); return nil })
		}
		for n, c := range []struct {
			after time.Duration
			use   time.Duration // what is stored, since the beginning
		}{{0, 0}, {59 * time.Minute, 0}, {time.Minute, time.Hour}, {30 * time.Hour, 31 * time.Hour}} {
			begin := key.CreatedAt
			w.clock.advance(c.after)
			use()
			if diff := cmp.Diff(begin.Add(c.use), w.storedKey(key.ID).LastUsedAt); diff != "" {
				w.Errorf("use %d (-want +got):\n%s", n, diff)
			}
		}
		if got := r.written.Load(); got != 3 {
			w.Errorf("it was written %d times, want 3", got)
		}
		if got := r.calls.Load(); got != 9 {
			w.Errorf("the store was asked %d times, want once in an hour by each replica", got)
		}
	})
}

func TestOnlyTheKeyItselfIsUsed(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	issued, err := w.svc.IssueTicket(w.ctx, w.key, token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	w.ok(err)
	revoked, revokedText := w.newKey(0)
	w.ok(w.svc.RevokeServiceKey(w.ctx, domain.Operator{}, tenantName, revoked.ID))
	expired, expiredText := w.newKey(time.Minute)
	w.clock.advance(time.Minute)
	s := w.replica()
	_, err = s.Authenticate(w.ctx, issued.Text)
	w.ok(err)
	for _, text := range []string{revokedText, expiredText} {
		_, err = s.Authenticate(w.ctx, text)
		wantCode(t, err, domain.CodeCredentialInvalid)
	}
	flush(s)
	for id, what := range map[string]string{
		w.key.Key.ID: "whose ticket was used", revoked.ID: "that was revoked", expired.ID: "that had expired",
	} {
		if at := w.storedKey(id).LastUsedAt; !at.IsZero() {
			t.Errorf("the key %s was used at %v", what, at)
		}
	}
}

func TestAWrongClockDoesNotDateTheUseOfAKey(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key, text := w.newKey(0)
	s := w.replica()
	w.clock.advance(time.Hour)
	w.probed(s)
	_, err := s.Authenticate(w.ctx, text)
	w.ok(err)
	flush(s)
	if at := w.storedKey(key.ID).LastUsedAt; !at.IsZero() {
		t.Errorf("used at %v", at)
	}
}

// A database that fails, or that does not answer, is asked for a second at most,
// when the process ends; no call waits for it, and the next use comes to be
// written.
func TestAUseThatCannotBeWrittenFailsNobody(t *testing.T) {
	t.Parallel()
	failures := map[string]func(context.Context) error{
		"gone":            func(context.Context) error { return errors.New("connection refused") },
		"does not answer": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			key, text := w.newKey(0)
			r := &recorder{fail: fail}
			s := w.recording(r)
			_, err := s.Authenticate(w.ctx, text)
			w.ok(err)
			flush(s)
			if r.calls.Load() != 1 {
				t.Errorf("%d calls", r.calls.Load())
			}
			again := w.replica()
			_, err = again.Authenticate(w.ctx, text)
			w.ok(err)
			flush(again)
			if w.storedKey(key.ID).LastUsedAt.IsZero() {
				t.Error("a later use was not written")
			}
		})
	}
}

// While it runs, it writes at every interval, and it ends with its context even
// if the database does not answer.
func TestRecordingUsesEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, text := w.newKey(0)
	asked := make(chan struct{})
	s := w.recording(&recorder{fail: func(ctx context.Context) error {
		close(asked)
		<-ctx.Done()
		return ctx.Err()
	}})
	_, err := s.Authenticate(w.ctx, text)
	w.ok(err)
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.RecordKeyUses(ctx, time.Millisecond)
	}()
	<-asked
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("it did not end within five seconds")
	}
}

// What is remembered between two writes is bounded.
func TestTheUsesOfVeryManyKeysAreNotAllRemembered(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	r := &recorder{Inner: w.store, fail: func(context.Context) error { return nil }}
	s, err := service.New(w.ctx, service.Config{
		Store: batch.New(manyKeys{r}, nil), OperatorKeys: w.operatorKeys, Sealer: w.sealer, Issuer: "https://2fa.example.com", Clock: w.clock,
	})
	w.ok(err)
	for n := range 1500 {
		_, err := s.Authenticate(w.ctx, fmt.Sprintf("csk_acme_%d", n))
		w.ok(err)
	}
	flush(s)
	if got := r.calls.Load(); got != 1000 {
		t.Errorf("%d uses were remembered, want 1000", got)
	}
}

// manyKeys is a store in which every text is a key.
type manyKeys struct{ *recorder }

func (m manyKeys) ServiceKey(_ context.Context, tenantID string, hash []byte) (domain.ServiceKey, error) {
	return domain.ServiceKey{TenantID: tenantID, ID: fmt.Sprintf("key_%x", hash)}, nil
}
