package service_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func codeOf(err error) domain.Code {
	if err == nil {
		return ""
	}
	var e *domain.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return domain.Code("internal: " + err.Error())
}

func wantCode(t *testing.T, err error, want domain.Code) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}

func TestOneRightCodeSentAtOnceSucceedsExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		replicas := []*service.Service{w.svc, w.replica(), w.replica()}
		for range 3 {
			d := w.enroll("user-"+w.clock.Now().Format("150405"), domain.RoleMember)
			code := d.code(0)
			counts := race(30, func(i int) error { return d.verify(replicas[i%3], code) })
			if counts[""] != 1 {
				w.Errorf("one code was accepted %d times: %v", counts[""], counts)
			}
			w.clock.advance(time.Hour)
		}
	})
}

func TestOneRecoveryCodeSentAtOnceSucceedsExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		replicas := []*service.Service{w.svc, w.replica()}
		counts := race(30, func(i int) error { return d.recover(replicas[i%2], d.codes[3]) })
		if counts[""] != 1 {
			w.Errorf("one recovery code was accepted %d times: %v", counts[""], counts)
		}
		if left := w.snapshot("ada").RecoveryCodes.Remaining; left != 7 {
			w.Errorf("%d codes are left, want 7", left)
		}
		wantNextCodeToWork(w, d)
	})
}

// wantNextCodeToWork: after the waits, a recovery code that was not sent is
// still good.
func wantNextCodeToWork(w *world, d *device) {
	w.Helper()
	w.clock.advance(2 * time.Hour)
	w.ok(d.recover(w.svc, d.codes[4]))
}

func TestTwoRecoveryCodesSpentAtOnceBothStaySpent(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		counts := race(2, func(i int) error { return d.recover(w.svc, d.codes[i]) })
		if counts[""] != 2 {
			w.Fatalf("both codes are right: %v", counts)
		}
		for i := range 2 {
			wantCode(w.T, d.recover(w.svc, d.codes[i]), domain.CodeCodeInvalid)
		}
		if left := w.snapshot("ada").RecoveryCodes.Remaining; left != 6 {
			w.Errorf("%d codes are left, want 6", left)
		}
	})
}

func TestWrongGuessesSentAtOnceAreNeverEvaluatedOverTheLimit(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		replicas := []*service.Service{w.svc, w.replica(), w.replica()}
		wrong := d.wrong()
		counts := race(60, func(i int) error { return d.verify(replicas[i%3], wrong) })
		want := tally{domain.CodeCodeInvalid: 5, domain.CodeTooManyAttempts: 55}
		if diff := cmp.Diff(want, counts); diff != "" {
			w.Errorf("evaluated guesses (-want +got):\n%s", diff)
		}
		wantCode(w.T, d.verify(w.replica(), d.code(0)), domain.CodeTooManyAttempts)
		w.clock.advance(31 * time.Second)
		w.ok(d.verify(w.svc, d.code(0)))
		if failures := w.snapshot("ada").CodeLane.Failures; failures != 0 {
			w.Errorf("a right code leaves %d failures, want 0", failures)
		}
	})
}

func TestTheWaitGrowsAndTheLaneStaysClosedAtTheHardCap(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	wait := 30 * time.Second
	for failure := 1; failure <= 20; failure++ {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
		if failure < 5 {
			continue
		}
		if failure == 20 {
			break
		}
		err := d.verify(w.svc, d.code(0))
		wantCode(t, err, domain.CodeTooManyAttempts)
		var refusal *domain.Error
		if errors.As(err, &refusal); refusal.RetryAfter != wait {
			t.Errorf("after failure %d: wait %s, want %s", failure, refusal.RetryAfter, wait)
		}
		w.clock.advance(wait)
		wait = min(2*wait, time.Hour)
	}
	w.clock.advance(24 * time.Hour)
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeLocked)
	w.ok(d.recover(w.svc, d.codes[0]))
	w.ok(d.verify(w.svc, d.code(0)))
}

func TestALockedCodeLaneLeavesTheWayBackInOpen(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	wantCode(t, d.recover(w.svc, "0000-0000-0000-0000"), domain.CodeCodeInvalid)
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeTooManyAttempts)
	w.ok(d.recover(w.svc, d.codes[0]))
	w.ok(d.verify(w.svc, d.code(0)))
}

func TestARightCodeDoesNotOpenTheRecoveryLane(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	for range 5 {
		wantCode(t, d.recover(w.svc, "0000-0000-0000-0000"), domain.CodeCodeInvalid)
	}
	w.ok(d.verify(w.svc, d.code(0)))
	wantCode(t, d.recover(w.svc, d.codes[0]), domain.CodeTooManyAttempts)
}

func TestARightCodeOpensARecoveryLaneThatWasClosedForGood(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	for range 20 {
		wantCode(t, d.recover(w.svc, "0000-0000-0000-0000"), domain.CodeCodeInvalid)
		w.clock.advance(time.Hour)
	}
	wantCode(t, d.recover(w.svc, d.codes[0]), domain.CodeLocked)
	w.ok(d.verify(w.svc, d.code(0)))
	w.ok(d.recover(w.svc, d.codes[0]))
}

func TestRefusalsDuringAWaitWriteNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	before, trail := w.snapshot("ada"), len(w.events("ada"))
	for range 10 {
		wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeTooManyAttempts)
	}
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Errorf("the aggregate changed (-before +after):\n%s", diff)
	}
	if after := len(w.events("ada")); after != trail {
		t.Errorf("%d audit rows were written", after-trail)
	}
}

func TestAWaitThatBeganInTheFutureBeginsNow(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	w.clock.advance(24 * time.Hour)
	for range 5 {
		wantCode(t, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
	}
	w.clock.advance(-24 * time.Hour)
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeTooManyAttempts)
	w.clock.advance(60 * time.Second)
	w.ok(d.verify(w.svc, d.code(0)))
}

func TestAReplayAnswersExactlyLikeAWrongCode(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	code := d.code(0)
	w.ok(d.verify(w.svc, code))
	replay, wrong := d.verify(w.svc, code), d.verify(w.svc, d.wrong())
	if diff := cmp.Diff(wrong.Error(), replay.Error()); diff != "" {
		t.Errorf("a replay tells itself apart (-wrong +replay):\n%s", diff)
	}
	if failures := w.snapshot("ada").CodeLane.Failures; failures != 2 {
		t.Errorf("%d failures are counted, want 2", failures)
	}
	wantCode(t, d.verify(w.svc, d.code(-1)), domain.CodeCodeInvalid)
}

func TestTheCodesThatConfirmedCannotLogIn(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	first, second := d.code(-1), d.code(0)
	_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(first, second))
	w.ok(err)
	wantCode(t, d.verify(w.svc, second), domain.CodeCodeInvalid)
	wantCode(t, d.verify(w.svc, first), domain.CodeCodeInvalid)
	w.ok(d.verify(w.svc, d.code(1)))
}

func TestAClientThatHangsUpIsDecidedAllTheSame(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		gone, hangUp := context.WithCancel(w.ctx)
		hangUp()
		in := service.VerifyInput{UserID: "ada", Proof: proof.Input{Code: d.wrong()}}
		_, err := w.svc.Verify(gone, w.key, in)
		if failures := w.snapshot("ada").CodeLane.Failures; codeOf(err) == domain.CodeCodeInvalid && failures != 1 {
			w.Errorf("an answered failure is counted %d times", failures)
		}
	})
}

func TestTheWindowIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	for offset := int64(-3); offset <= 3; offset++ {
		w := onSQLite(t)
		d := w.enroll("ada", domain.RoleMember)
		w.clock.advance(10 * time.Minute)
		accepted := d.verify(w.svc, d.code(offset)) == nil
		if want := -1 <= offset && offset <= 1; accepted != want {
			t.Errorf("offset %d: accepted %t, want %t", offset, accepted, want)
		}
	}
}

func TestADriftingClockIsLearnedAndForgivenWhenSetRight(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.enroll("ada", domain.RoleMember)
	w.clock.advance(10 * time.Minute)
	d.behind = 4 * time.Minute // eight steps
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeCodeInvalid)
	p, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(-1), d.code(0)))
	w.ok(err)
	if p.DriftSteps != -8 {
		t.Errorf("drift is %d steps, want -8", p.DriftSteps)
	}
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeCodeInvalid)
	w.clock.advance(30 * time.Second)
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeCodeInvalid)
	w.clock.advance(30 * time.Second)
	if at := w.clock.Now().Add(-d.behind); !p.NextCodeAt.Equal(at.Truncate(30 * time.Second).Add(d.behind)) {
		t.Errorf("the next code counts at %s, and the device is at %s", p.NextCodeAt, at)
	}
	w.ok(d.verify(w.svc, d.code(0)))
	w.clock.advance(30 * time.Second)
	d.behind = 0
	w.ok(d.verify(w.svc, d.code(0)))
	if drift := w.snapshot("ada").Factors[0].TOTP.Drift; drift != 0 {
		t.Errorf("the clock is right again, and the drift is %d", drift)
	}
	d.behind = 4 * time.Minute
	w.clock.advance(10 * time.Minute)
	wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeCodeInvalid) // nothing is accepted that late any more
}

func TestResyncWantsTwoConsecutiveUnspentCodesWithinTheWindow(t *testing.T) {
	t.Parallel()
	for name, offsets := range map[string][2]int64{
		"equal":    {0, 0},
		"reversed": {0, -1},
		"gapped":   {-2, 0},
		"too old":  {-23, -22},
		"too new":  {21, 22},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.enroll("ada", domain.RoleMember)
			w.clock.advance(time.Hour)
			_, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(offsets[0]), d.code(offsets[1])))
			wantCode(t, err, domain.CodeCodeInvalid)
			if failures := w.snapshot("ada").CodeLane.Failures; failures != 1 {
				t.Errorf("%d failures are charged, want 1", failures)
			}
		})
	}
	t.Run("spent", func(t *testing.T) {
		t.Parallel()
		w := onSQLite(t)
		d := w.enroll("ada", domain.RoleMember)
		w.clock.advance(time.Hour)
		w.ok(d.verify(w.svc, d.code(0)))
		_, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(0), d.code(1)))
		wantCode(t, err, domain.CodeCodeInvalid)
	})
}

func TestARepeatedCallGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		in := service.VerifyInput{
			UserID: "ada", Proof: proof.Input{Code: d.code(0)},
			Repeat: &proof.Idempotency{Key: "k", Route: "verify", Body: [32]byte{1}},
		}
		first, err := w.svc.Verify(w.ctx, w.key, in)
		w.ok(err)
		again, err := w.replica().Verify(w.ctx, w.key, in)
		w.ok(err)
		if diff := cmp.Diff(first.Claims, again.Claims); diff != "" || first.Token != again.Token {
			w.Errorf("the answers differ (-first +again):\n%s", diff)
		}
		other := in
		other.Repeat = &proof.Idempotency{Key: "k", Route: "verify", Body: [32]byte{2}}
		_, err = w.svc.Verify(w.ctx, w.key, other)
		wantCode(w.T, err, domain.CodeIdempotencyKeyReused)
		w.clock.advance(91 * time.Second)
		_, err = w.svc.Verify(w.ctx, w.key, in)
		wantCode(w.T, err, domain.CodeCodeInvalid)
	})
}

func TestARepeatedWrongCallIsChargedOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		in := service.VerifyInput{
			UserID: "ada", Proof: proof.Input{Code: d.wrong()},
			Repeat: &proof.Idempotency{Key: "k", Route: "verify", Body: [32]byte{1}},
		}
		counts := race(20, func(int) error { _, err := w.svc.Verify(w.ctx, w.key, in); return err })
		if diff := cmp.Diff(tally{domain.CodeCodeInvalid: 20}, counts); diff != "" {
			w.Error(diff)
		}
		if failures := w.snapshot("ada").CodeLane.Failures; failures != 1 {
			w.Errorf("%d failures are charged, want 1", failures)
		}
	})
}

func TestARepeatedConfirmShowsTheSameRecoveryCodes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	in := d.confirmation(d.code(-1), d.code(0))
	in.Repeat = &proof.Idempotency{Key: "k", Route: "confirm", Body: [32]byte{1}}
	first, err := w.svc.Confirm(w.ctx, w.key, in)
	w.ok(err)
	again, err := w.svc.Confirm(w.ctx, w.key, in)
	w.ok(err)
	if diff := cmp.Diff(first.RecoveryCodes, again.RecoveryCodes); diff != "" || len(first.RecoveryCodes) != 8 {
		t.Errorf("recovery codes differ:\n%s", diff)
	}
}
