package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// everyDevice are devices of the parameters that an import brings.
func everyDevice() map[string]factortest.Device {
	return map[string]factortest.Device{
		"SHA1, 6, 30 s": factortest.Plain(), "SHA256, 8, 60 s": factortest.Token(), "SHA512, 6, 15 s": factortest.Quick(),
		"SHA512, 8, 120 s": factortest.NewDevice(domain.SHA512, 8, 2*time.Minute), "SHA256, 6, 45 s": factortest.NewDevice(domain.SHA256, 6, 45*time.Second),
	}
}

func (w *world) brings(id string, shows factortest.Device) *device {
	w.Helper()
	w.put(id, domain.RoleMember)
	return w.importFactor(id, shows)
}

// spentState is what is kept of a factor's clock.
func (d *device) spentState() [2]int64 {
	u := d.w.snapshot(d.userID)
	f := u.Factor(d.factorID).TOTP
	return [2]int64{f.LastStep, int64(f.Drift)}
}

func TestAnImportedFactorLogsInByItsOwnParameters(t *testing.T) {
	t.Parallel()
	for name, shows := range everyDevice() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			for offset := int64(-3); offset <= 3; offset++ {
				d := w.brings(fmt.Sprint("user", offset), shows)
				accepted := d.verify(w.svc, d.code(offset)) == nil
				if want := -1 <= offset && offset <= 1; accepted != want {
					t.Errorf("offset %d: accepted %t, want %t", offset, accepted, want)
				}
				if want := [2]int64{d.step() + offset, offset}; accepted && d.spentState() != want {
					t.Errorf("offset %d: step and drift are %v, want %v", offset, d.spentState(), want)
				}
			}
		})
	}
}

func TestAReplayOfAnImportedFactorAnswersLikeAWrongCode(t *testing.T) {
	t.Parallel()
	for name, shows := range everyDevice() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.brings("ada", shows)
			code := d.code(0)
			counts := race(8, func(int) error { return d.verify(w.svc, code) })
			if counts[""] != 1 {
				t.Errorf("one code, sent eight times at once: %v", counts)
			}
			w.clock.advance(time.Hour) // any wait is over
			code = d.code(0)
			w.ok(d.verify(w.svc, code))
			replay, wrong := d.verify(w.svc, code), d.verify(w.svc, d.wrong())
			if diff := cmp.Diff(wrong.Error(), replay.Error()); diff != "" || codeOf(replay) != domain.CodeCodeInvalid {
				t.Errorf("a replay tells itself apart (-wrong +replay):\n%s", diff)
			}
			if failures := w.snapshot("ada").CodeLane.Failures; failures != 2 {
				t.Errorf("%d failures are counted, want 2", failures)
			}
		})
	}
}

// The reach of a resync is ten minutes: 10 steps of a minute, 40 of a quarter of one.
func TestAnImportedFactorDriftsTenMinutesWhateverItsPeriod(t *testing.T) {
	t.Parallel()
	for name, shows := range everyDevice() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			d := w.brings("ada", shows)
			reach := int64(10 * time.Minute / shows.Period)
			w.clock.advance(time.Hour)

			_, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(reach), d.code(reach+1)))
			wantCode(t, err, domain.CodeCodeInvalid)
			_, err = w.svc.Resync(w.ctx, w.key, d.pair(d.code(-reach-1), d.code(-reach)))
			wantCode(t, err, domain.CodeCodeInvalid)

			p, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(reach-1), d.code(reach)))
			w.ok(err)
			here := d.step()
			if !p.Unsigned || int64(p.DriftSteps) != reach || d.spentState() != [2]int64{here + reach + 1, reach} {
				t.Errorf("resynced: %+v, %v", p, d.spentState())
			}
			if want := time.Unix((here+2)*int64(shows.Period/time.Second), 0); !p.NextCodeAt.Equal(want) {
				t.Errorf("the next code counts at %s, want %s", p.NextCodeAt, want)
			}
			d.behind = -time.Duration(reach) * shows.Period
			w.clock.advance(shows.Period)
			wantCode(t, d.verify(w.svc, d.code(0)), domain.CodeCodeInvalid) // spent with the pair
			w.clock.advance(p.NextCodeAt.Sub(w.clock.Now()))
			w.ok(d.verify(w.svc, d.code(0)))
		})
	}
}

// Two devices of one secret, of six and of eight digits: the end of the long code is the short one.
func TestACodeIsJudgedByTheFactorsOfItsLengthAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	six := factortest.Plain()
	eight := six
	eight.Digits = 8
	short := w.brings("ada", six)
	if short.code(0) != (&device{w: w, shows: eight}).code(0)[2:] {
		t.Fatal("the test shows nothing")
	}
	long := &device{w: w, userID: "ada", shows: eight}
	wantCode(t, short.verify(w.svc, long.code(0)), domain.CodeCodeInvalid)
	if u := w.snapshot("ada"); u.CodeLane.Failures != 1 || u.Factors[0].TOTP.LastStep != 0 {
		t.Errorf("eight digits for a factor of six: %+v", u)
	}
	w.ok(short.verify(w.svc, short.code(0)))

	long = w.brings("eve", eight)
	short = &device{w: w, userID: "eve", shows: six}
	wantCode(t, long.verify(w.svc, short.code(0)), domain.CodeCodeInvalid)
	wantCode(t, long.verify(w.svc, long.code(0)[:6]), domain.CodeCodeInvalid)
	_, err := w.svc.Resync(w.ctx, w.key, long.pair(short.code(-1), short.code(0)))
	wantCode(t, err, domain.CodeCodeInvalid)
	if failures := w.snapshot("eve").CodeLane.Failures; failures != 3 {
		t.Errorf("%d failures are counted, want 3", failures)
	}
	w.ok(long.verify(w.svc, long.code(0)))
}

// Which of one's devices a code is of, its length and its period say; each spends its own steps.
func TestEachOfSeveralFactorsCountsInItsOwnSteps(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		var devices []*device
		devices = append(devices, w.enroll("ada", domain.RoleMember))
		for _, shows := range []factortest.Device{factortest.Token(), factortest.Quick()} {
			devices = append(devices, w.importFactor("ada", shows))
		}
		for range 3 {
			w.clock.advance(time.Minute)
			for _, d := range devices {
				p, err := w.svc.Verify(w.ctx, w.key, service.VerifyInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}})
				w.ok(err)
				if want := [2]int64{d.step(), 0}; p.FactorID != d.factorID || d.spentState() != want {
					w.Errorf("proven by %s: %v, want %s: %v", p.FactorID, d.spentState(), d.factorID, want)
				}
			}
		}
	})
}

func TestAnImportedFactorIsProvenByItsFirstAcceptedProof(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.brings("ada", factortest.Token())
		proven := func() [2]bool {
			w.Helper()
			view, err := w.svc.GetUser(w.ctx, w.key, "ada")
			w.ok(err)
			listed, err := w.svc.ListFactors(w.ctx, w.key, "ada")
			w.ok(err)
			return [2]bool{view.TwoFactor.Proven, listed.Factors[0].Proven()}
		}
		wantCode(w.T, d.verify(w.svc, d.wrong()), domain.CodeCodeInvalid)
		if got := proven(); got != [2]bool{} {
			w.Errorf("before any accepted proof: %v", got)
		}
		w.ok(d.verify(w.svc, d.code(0)))
		if got := proven(); got != [2]bool{true, true} {
			w.Errorf("after it: %v", got)
		}
	})
}

func TestASecretBelowItsShortestHasNoCodes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 9, 10, 15} {
		w := onSQLite(t)
		shows := factortest.Plain()
		shows.Secret = shows.Secret[:size]
		d := w.brings("ada", shows)
		if got, want := d.verify(w.svc, d.code(0)) == nil, size >= 10; got != want {
			t.Errorf("a secret of %d bytes logs in: %t", size, got)
		}
		w.clock.advance(time.Hour)
		if _, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(-1), d.code(0))); (err == nil) != (size >= 10) {
			t.Errorf("a secret of %d bytes is resynced: %v", size, err)
		}
	}
}

func TestParametersThatNobodyComputesAreNoWrongCode(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.brings("ada", factortest.NewDevice("MD5", 6, 30*time.Second))
	if got := codeOf(d.verify(w.svc, d.code(0))); got[:9] != "internal:" {
		t.Errorf("answered %q", got)
	}
	listed, err := w.svc.ListFactors(w.ctx, w.key, "ada")
	w.ok(err)
	if failures := w.snapshot("ada").CodeLane.Failures; failures != 0 || listed.Factors[0].Description != nil {
		t.Errorf("%d failures are counted; listed %+v", failures, listed)
	}
}

func TestCodesOfTwoLengthsAreRefusedBeforeAnyStateIsTouched(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d := w.brings("ada", factortest.Token())
	before := w.snapshot("ada")
	_, err := w.svc.Resync(w.ctx, w.key, d.pair(d.code(-1), d.code(0)[2:]))
	wantCode(t, err, domain.CodeInvalidRequest)
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
}

func TestANewFactorIsConfirmedBySixDigitsAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := w.begin(service.EnrollInput{UserID: "ada"})
	before := w.snapshot("ada")
	d.shows.Digits = 8
	_, err := w.svc.Confirm(w.ctx, w.key, d.confirmation(d.code(-1), d.code(0)))
	wantCode(t, err, domain.CodeInvalidRequest)
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Errorf("the user changed (-before +after):\n%s", diff)
	}
	d.shows.Digits = 6
	d.confirm()
	if f := w.snapshot("ada").Factors[0].TOTP; f.Algorithm != "" || f.Digits != 0 || f.Period != 0 {
		t.Errorf("what is enrolled here is standard: %+v", f)
	}
}
