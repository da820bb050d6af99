package service_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
	"github.com/countersign/countersign/service/token"
)

// While one replica remembers a user, another one changes the user: what the
// first answers is what a fresh read answers.
func TestAStaleSnapshotNeitherAcceptsNorRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		meanwhile func(w *world, d *device, elsewhere *service.Service)
		proof     func(d *device) proof.Input
		want      domain.Code
	}{
		"spent": {
			func(w *world, d *device, elsewhere *service.Service) { w.ok(d.verify(elsewhere, d.code(0))) },
			rightCode, domain.CodeCodeInvalid,
		},
		"a recovery code spent": {
			func(w *world, d *device, elsewhere *service.Service) { w.ok(d.recover(elsewhere, d.codes[0])) },
			firstRecoveryCode, domain.CodeCodeInvalid,
		},
		"an access pass used": {
			func(w *world, d *device, elsewhere *service.Service) {
				text := accessPass(d).AccessPass
				wantCode(w.T, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid) // so that it remembers her with it
				_, err := w.pass(elsewhere, d.userID, text)
				w.ok(err)
			},
			accessPass, domain.CodeCodeInvalid,
		},
		"an access pass taken back": {
			func(w *world, d *device, elsewhere *service.Service) {
				accessPass(d)
				wantCode(w.T, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
				w.ok(elsewhere.EndAccessPass(w.ctx, w.key, d.userID))
			},
			accessPass, domain.CodeCodeInvalid,
		},
		"disabled": {
			func(w *world, d *device, elsewhere *service.Service) {
				w.ok(elsewhere.Disable(w.ctx, w.key, service.DisableInput{UserID: d.userID, Proof: rightCode(d)}))
			},
			rightCode, domain.CodeNotEnrolled,
		},
		"deactivated": {
			func(w *world, d *device, elsewhere *service.Service) {
				w.elsewhere(elsewhere, d, domain.AuthLocal, false)
			},
			rightCode, domain.CodeUserInactive,
		},
		"moved to another source": {
			func(w *world, d *device, elsewhere *service.Service) {
				w.elsewhere(elsewhere, d, domain.AuthLDAP, true)
			},
			rightCode, domain.CodeAuthSourceNotSupported,
		},
		"deleted": {
			func(w *world, d *device, elsewhere *service.Service) {
				w.ok(elsewhere.DeleteUser(w.ctx, w.key, d.userID))
			},
			rightCode, domain.CodeNotFound,
		},
		"created anew": {
			func(w *world, d *device, elsewhere *service.Service) {
				w.ok(elsewhere.DeleteUser(w.ctx, w.key, d.userID))
				w.elsewhere(elsewhere, d, domain.AuthLocal, true)
			},
			rightCode, domain.CodeNotEnrolled,
		},
		"locked": {
			func(w *world, d *device, elsewhere *service.Service) {
				for range 5 {
					wantCode(w.T, d.verify(elsewhere, d.wrong()), domain.CodeCodeInvalid)
				}
			},
			rightCode, domain.CodeTooManyAttempts,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			elsewhere := w.replica()
			c.meanwhile(w, d, elsewhere)
			_, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{UserID: d.userID, Proof: c.proof(d)})
			wantCode(t, err, c.want)
		})
	}
}

func TestAStaleSnapshotRefusesNobodyWhoMayPass(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, meanwhile func(w *world, d *device, s *service.Service)
	}{
		"active again": {
			func(w *world, d *device, s *service.Service) { w.elsewhere(s, d, domain.AuthLocal, false) },
			func(w *world, d *device, s *service.Service) { w.elsewhere(s, d, domain.AuthLocal, true) },
		},
		"back at the local source": {
			func(w *world, d *device, s *service.Service) { w.elsewhere(s, d, domain.AuthSAML, true) },
			func(w *world, d *device, s *service.Service) { w.elsewhere(s, d, domain.AuthLocal, true) },
		},
		"unlocked by a recovery code": {
			func(w *world, d *device, s *service.Service) {
				for range 5 {
					wantCode(w.T, d.verify(s, d.wrong()), domain.CodeCodeInvalid)
				}
			},
			func(w *world, d *device, s *service.Service) { w.ok(d.recover(s, d.codes[0])) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			c.before(w, d, w.svc)
			c.meanwhile(w, d, w.replica())
			w.ok(d.verify(w.svc, d.code(0)))
		})
	}
}

func rightCode(d *device) proof.Input { return proof.Input{Code: d.code(0)} }

func firstRecoveryCode(d *device) proof.Input {
	return proof.Input{RecoveryCode: d.codes[0]}
}

// elsewhere states the user's profile at another replica.
func (w *world) elsewhere(s *service.Service, d *device, source domain.AuthSource, active bool) {
	w.Helper()
	_, _, err := s.PutUser(w.ctx, w.key, d.userID,
		directory.UserInput{Profile: domain.Profile{Username: d.userID, AuthSource: source, Role: domain.RoleMember, Active: active}})
	w.ok(err)
}

// countingStore counts what is asked of it on the way of a proof.
type countingStore struct {
	batch.Inner
	users, answers, commits, refused atomic.Int64
}

// counts are the reads, the commits, and the changes that these refused.
type counts struct{ users, answers, commits, refused int64 }

func (s *countingStore) begin() {
	for _, n := range []*atomic.Int64{&s.users, &s.answers, &s.commits, &s.refused} {
		n.Store(0)
	}
}

func (s *countingStore) counts() counts {
	return counts{s.users.Load(), s.answers.Load(), s.commits.Load(), s.refused.Load()}
}

func (s *countingStore) User(ctx context.Context, tenantID, userID string) (domain.User, error) {
	s.users.Add(1)
	return s.Inner.User(ctx, tenantID, userID)
}

func (s *countingStore) AnswersByKey(ctx context.Context, keys []domain.AnswerKey) (map[domain.AnswerKey]domain.Answer, error) {
	s.answers.Add(1)
	return s.Inner.AnswersByKey(ctx, keys)
}

func (s *countingStore) Commit(ctx context.Context, changes []domain.Change) []error {
	s.commits.Add(1)
	errs := s.Inner.Commit(ctx, changes)
	for _, err := range errs {
		if err != nil {
			s.refused.Add(1)
		}
	}
	return errs
}

func TestAProofOfWhomAReplicaRemembersIsOneWrite(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	store := &countingStore{Inner: w.store}
	w.store = store
	w.svc = w.replica()
	_, err := w.svc.Decide(w.ctx, w.key, token.DecideInput{UserID: "ada"}) // as a host does at login
	w.ok(err)
	for n, c := range []struct {
		proof proof.Input
		keyed bool
	}{
		{proof.Input{Code: d.wrong()}, false},
		{proof.Input{Code: d.code(0)}, false},
		{proof.Input{RecoveryCode: "0000-0000-0000-0000"}, false},
		{proof.Input{Code: d.wrong()}, true},
		{proof.Input{Code: d.code(1)}, true},
		{proof.Input{RecoveryCode: d.codes[0]}, true},
	} {
		store.begin()
		in := service.VerifyInput{UserID: "ada", Proof: c.proof}
		if c.keyed {
			in.Repeat = &proof.Idempotency{Key: fmt.Sprint(n), Route: "verify"}
		}
		if _, err := w.svc.Verify(w.ctx, w.key, in); err != nil {
			wantCode(t, err, domain.CodeCodeInvalid)
		}
		want := counts{commits: 1}
		if c.keyed {
			want.answers = 1
		}
		if diff := cmp.Diff(want, store.counts(), cmp.AllowUnexported(counts{})); diff != "" {
			t.Errorf("proof %d (-want +got):\n%s", n, diff)
		}
	}
}

// unknownOutcomeStore is a store that commits, and answers that the outcome is unknown.
type unknownOutcomeStore struct{ *countingStore }

func (s unknownOutcomeStore) Commit(ctx context.Context, changes []domain.Change) []error {
	errs := s.countingStore.Commit(ctx, changes)
	for i := range errs {
		errs[i] = domain.ErrOutcomeUnknown
	}
	return errs
}

// What was remembered may have been replaced, or not.
func TestAfterAnUnknownOutcomeTheUserIsReadAgain(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	counting, certain := &countingStore{Inner: w.store}, w.store
	w.store = unknownOutcomeStore{counting}
	replica := w.replica()
	_, err := replica.Decide(w.ctx, w.key, token.DecideInput{UserID: "ada"}) // from here on it is remembered
	w.ok(err)
	wantCode(t, d.verify(replica, d.code(0)), domain.CodeOutcomeUnknown)
	counting.begin()
	wantCode(t, d.verify(replica, d.code(1)), domain.CodeOutcomeUnknown)
	want := counts{users: 1, commits: 1}
	if diff := cmp.Diff(want, counting.counts(), cmp.AllowUnexported(counts{})); diff != "" {
		t.Errorf("the next proof (-want +got):\n%s", diff)
	}
	w.store = certain
	wantCode(t, d.verify(w.replica(), d.code(1)), domain.CodeCodeInvalid)
}
