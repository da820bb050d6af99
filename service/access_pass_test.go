package service_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/policy"
	"github.com/countersign/countersign/service/proof"
)

// give has somebody give ada an access pass, and returns its text.
func (d *device) give(userID string) string {
	d.w.Helper()
	given, err := d.w.svc.GiveAccessPass(d.w.ctx, d.w.key, service.GivePassInput{UserID: userID, StepUp: d.stepUp(), Reason: "phone forgotten"})
	d.w.ok(err)
	return given.Code.Text()
}

// pass sends an access pass to a replica, for Countersign's own routes.
func (w *world) pass(s *service.Service, userID, text string) (proof.Result, error) {
	return s.Verify(w.ctx, w.key, service.VerifyInput{
		UserID: userID, Proof: proof.Input{AccessPass: text}, Token: proof.TokenRequest{Audience: domain.OwnAudience},
	})
}

// accessPass is the one that somebody gives to the user of a device; the first time
// it is asked for.
func accessPass(d *device) proof.Input {
	if d.pass == "" {
		d.pass = d.w.enroll("manager-of-"+d.userID, domain.RoleOwner).give(d.userID)
	}
	return proof.Input{AccessPass: d.pass}
}

// helped is an enrolled member, ada, and an admin who can help.
func helped(w *world) (ada, root *device) {
	return w.enroll("ada", domain.RoleMember), w.enroll("root", domain.RoleAdmin)
}

// setPolicy changes the policy, with that person's step-up token.
func (w *world) setPolicy(p domain.PolicyPatch, token string) error {
	w.Helper()
	_, err := w.svc.PatchPolicy(w.ctx, w.key, policy.PatchInput{Patch: p, IfMatch: w.policyETag(), StepUp: token})
	return err
}

func (w *world) trailOf(id string) (found []domain.Action) {
	for _, e := range w.events(id) {
		found = append(found, e.Action)
	}
	return found
}

func TestAnAccessPassIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	const want = "0123-4567-89AB-CDEF-GHJK"
	for _, text := range []string{want, "0123456789abcdefghjk", "o1z3 4567 89AB CDEF GHJK", "O123-4567-89ab-cdef-ghjk"} {
		code, err := domain.ParseAccessPassCode(text)
		if readable := err == nil && code.Text() == want; readable != !strings.Contains(text, "z") {
			t.Errorf("%q: %v %v", text, code.Text(), err)
		}
		if shown := fmt.Sprintf("%v %s %#v", code, code, code); strings.Contains(shown, "4567") {
			t.Errorf("it prints itself: %s", shown)
		}
	}
	for _, text := range []string{"", "0123-4567-89AB-CDEF", want + "0", "0123-4567-89AB-CDEF-GHJU"} {
		if _, err := domain.ParseAccessPassCode(text); !errors.Is(err, domain.ErrInvalidRequest) {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAnAccessPassLogsInOnceAndRemovesNothing(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		ada, root := helped(w)
		text := root.give("ada")
		if methods := w.decision("ada").Methods; !cmp.Equal(methods, []domain.Method{domain.MethodTOTP, domain.MethodRecoveryCode, domain.MethodAccessPass}) {
			w.Errorf("methods with a pass: %v", methods)
		}
		before := w.snapshot("ada")
		result, err := w.pass(w.replica(), "ada", strings.ToLower(text))
		w.ok(err)
		if result.Method != domain.MethodAccessPass || result.FactorID != "" || result.Claims.ACR != access.ACRRecovery ||
			len(result.Claims.AMR) != 0 || result.RecoveryCodesRemaining != 8 {
			w.Errorf("the answer: %+v", result)
		}
		after := w.snapshot("ada")
		if diff := cmp.Diff(before.Factors, after.Factors); diff != "" || after.AccessPass.Given() || after.Generation == before.Generation {
			w.Errorf("the pass is there: %t; factors: %s", after.AccessPass.Given(), diff)
		}
		_, err = w.pass(w.svc, "ada", text)
		wantCode(w.T, err, domain.CodeCodeInvalid)
		w.ok(ada.recover(w.svc, ada.codes[0]))
	})
}

func TestOneAccessPassSentAtOnceToThreeReplicasSucceedsOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		_, root := helped(w)
		replicas := []*service.Service{w.svc, w.replica(), w.replica()}
		text := root.give("ada")
		counts := race(64, func(i int) error { _, err := w.pass(replicas[i%3], "ada", text); return err })
		if counts[""] != 1 {
			w.Errorf("one pass was accepted %d times: %v", counts[""], counts)
		}
	})
}

// Each ends the generation that the pass rests on, or the pass ends it first.
func TestAnAccessPassRacedAgainstWhatEndsItIsUsedOrEnded(t *testing.T) {
	t.Parallel()
	inactive := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember}
	for name, end := range map[string]func(w *world, ada, root *device) func() error{
		"a deactivation": func(w *world, _, _ *device) func() error {
			return func() error {
				_, _, err := w.svc.PutUser(w.ctx, w.key, "ada", directory.UserInput{Profile: inactive})
				return err
			}
		},
		"a disable": func(w *world, _, root *device) func() error {
			token := root.stepUp()
			return func() error {
				return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: token, Reason: "a test"})
			}
		},
		"another pass": func(w *world, _, root *device) func() error {
			token := root.stepUp()
			return func() error {
				_, err := w.svc.GiveAccessPass(w.ctx, w.key, service.GivePassInput{UserID: "ada", StepUp: token, Reason: "a test"})
				return err
			}
		},
		"its end": func(w *world, _, _ *device) func() error {
			return func() error { return w.svc.EndAccessPass(w.ctx, w.key, "ada") }
		},
		"a recovery code": func(w *world, ada, _ *device) func() error {
			return func() error { return ada.recover(w.svc, ada.codes[0]) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(w *world) {
				ada, root := helped(w)
				text := root.give("ada")
				ends, replica := end(w, ada, root), w.replica()
				var used, ended error
				race(2, func(i int) error {
					if i == 0 {
						_, used = w.pass(replica, "ada", text)
						return used
					}
					ended = ends()
					return ended
				})
				w.ok(ended)
				var inTrail int
				for _, e := range w.events("ada") {
					if e.Action == domain.ActionAccessPassEnded {
						inTrail++
					}
				}
				if want := map[bool]int{true: 0, false: 1}[used == nil]; inTrail != want {
					w.Errorf("the pass: %v; its end is in the trail %d times: %v", used, inTrail, w.trailOf("ada"))
				}
				if w.snapshot("ada").AccessPass.Given() != (name == "another pass") {
					w.Error("the pass there is: not the one that was to stay, or one that was not")
				}
				_, err := w.pass(w.svc, "ada", text)
				if err == nil {
					w.Error("it is good all the same")
				}
			})
		})
	}
}

func TestAnAccessPassEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	text := root.give("ada")
	w.clock.advance(domain.DefaultAccessPassLifetime - time.Second)
	if got, err := w.svc.ListAccessPasses(w.ctx, w.key, "ada"); err != nil || len(got) != 1 || got[0].GivenBy != "root" || got[0].MAC != [16]byte{} {
		t.Errorf("a second before: %+v %v", got, err)
	}
	w.clock.advance(time.Second)
	_, err := w.pass(w.svc, "ada", text)
	wantCode(t, err, domain.CodeCodeInvalid)
	if got, err := w.svc.ListAccessPasses(w.ctx, w.key, "ada"); err != nil || len(got) != 0 {
		t.Errorf("one that is over: %+v %v", got, err)
	}
	if methods := w.decision("ada").Methods; !cmp.Equal(methods, []domain.Method{domain.MethodTOTP, domain.MethodRecoveryCode}) {
		t.Errorf("methods with one that is over: %v", methods)
	}
	_ = root.give("ada") // what is over ends nothing
	for _, e := range w.events("ada") {
		if e.Action == domain.ActionAccessPassEnded {
			t.Error("one that was over ended")
		}
	}
}

// Of a clock that ran ahead when it was given.
func TestAnAccessPassGivenUnderAWrongClockIsNotGoodUntilThen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for ahead, want := range map[time.Duration]bool{0: true, 5 * time.Second: true, 24 * time.Hour: false} {
		given := now.Add(ahead)
		pass := domain.AccessPass{CreatedAt: given, ExpiresAt: given.Add(domain.MaxAccessPassLifetime)}
		if got := pass.Live(now); got != want {
			t.Errorf("%s ahead: %t", ahead, got)
		}
	}
}

func TestAnotherAccessPassReplacesTheFirst(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	first, second := root.give("ada"), root.give("ada")
	_, err := w.pass(w.svc, "ada", first)
	wantCode(t, err, domain.CodeCodeInvalid)
	_, err = w.pass(w.svc, "ada", second)
	w.ok(err)
	want := []domain.Action{domain.ActionVerification, domain.ActionVerification, domain.ActionAccessPassGiven, domain.ActionAccessPassEnded, domain.ActionAccessPassGiven}
	if diff := cmp.Diff(want, w.trailOf("ada")[:len(want)]); diff != "" {
		t.Errorf("the trail (-want +got):\n%s", diff)
	}
}

func TestAWrongAccessPassIsAnsweredAndChargedAsAWrongRecoveryCode(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	ada, root := helped(w)
	text := root.give("ada")
	_, err := w.pass(w.svc, "ada", text)
	w.ok(err)
	want := ada.recover(w.svc, "0000-0000-0000-0000")
	for name, given := range map[string]string{"wrong": "0000-0000-0000-0000-0000", "used": text} {
		if _, err := w.pass(w.svc, "ada", given); err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if u := w.snapshot("ada"); u.RecoveryLane.Failures != 3 || u.CodeLane.Failures != 0 {
		t.Errorf("failures: %d with recovery codes, %d with codes", u.RecoveryLane.Failures, u.CodeLane.Failures)
	}
	for range 2 {
		_, err = w.pass(w.svc, "ada", text)
		wantCode(t, err, domain.CodeCodeInvalid)
	}
	wantCode(t, ada.recover(w.svc, ada.codes[0]), domain.CodeTooManyAttempts)
	_, err = w.pass(w.svc, "ada", text)
	wantCode(t, err, domain.CodeTooManyAttempts)
}

// Whoever guessed at all of a user's proofs has not taken the help away that
// somebody gives.
func TestAnAccessPassHelpsWhoIsLockedOutOfBothLanes(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	ada, root := helped(w)
	for range 20 {
		wantCode(t, ada.verify(w.svc, ada.wrong()), domain.CodeCodeInvalid)
		wantCode(t, ada.recover(w.svc, "0000-0000-0000-0000"), domain.CodeCodeInvalid)
		w.clock.advance(time.Hour)
	}
	wantCode(t, ada.verify(w.svc, ada.code(0)), domain.CodeLocked)
	wantCode(t, ada.recover(w.svc, ada.codes[0]), domain.CodeLocked)
	text := root.give("ada")
	wantCode(t, ada.verify(w.svc, ada.code(0)), domain.CodeLocked) // the pass opens it, once it is used
	_, err := w.pass(w.svc, "ada", text)
	w.ok(err)
	w.clock.advance(30 * time.Second)
	w.ok(ada.verify(w.svc, ada.code(0)))
}

func TestWhoeverIsCreatedAnewHasNoAccessPassOfBefore(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	text := root.give("ada")
	stolen := w.snapshot("ada").AccessPass
	w.ok(w.svc.DeleteUser(w.ctx, w.key, "ada"))
	w.enroll("ada", domain.RoleMember)
	_, err := w.pass(w.svc, "ada", text)
	wantCode(t, err, domain.CodeCodeInvalid)
	revived := w.snapshot("ada") // whoever writes into the table brings it back to life no more than that
	revived.AccessPass = stolen
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &revived}})[0])
	_, err = w.pass(w.replica(), "ada", text)
	wantCode(t, err, domain.CodeCodeInvalid)
}

func TestAnAccessPassHelpsWhereNoRecoveryCodeCanBeShown(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	w.ok(w.setPolicy(domain.PolicyPatch{Custody: new(domain.CustodyHashOnly)}, root.stepUp()))
	_, err := w.svc.RevealRecoveryCodes(w.ctx, w.key, service.RevealInput{UserID: "ada", StepUp: root.stepUp(), Reason: "r"})
	wantCode(t, err, domain.CodeCustodyHashOnly)
	_, err = w.pass(w.svc, "ada", root.give("ada"))
	w.ok(err)
}

func TestAnAccessPassIsStoredAsAKeyedHashOfItsOwn(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	text := root.give("ada")
	u := w.snapshot("ada")
	if stored := fmt.Sprintf("%+v %+v", u, w.events("ada")); strings.Contains(stored, text) || strings.Contains(stored, strings.ReplaceAll(text, "-", "")) {
		t.Error("the pass itself is stored")
	}
	// A recovery code that is stored under the name of the pass is no pass.
	set, err := w.store.RecoveryCodes(w.ctx, tenantName, "ada")
	w.ok(err)
	u.AccessPass.MAC, u.AccessPass.KeyID = set.Codes[0].MAC, set.KeyID
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &u}})[0])
	_, err = w.pass(w.replica(), "ada", text)
	wantCode(t, err, domain.CodeCodeInvalid)
}

func TestTheTrailSaysWhoGaveAnAccessPassAndThatItWasUsed(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, root := helped(w)
	_, err := w.pass(w.svc, "ada", root.give("ada"))
	w.ok(err)
	events := w.events("ada")
	used, given := events[0], events[1]
	if given.Action != domain.ActionAccessPassGiven || given.Actor.UserID != "root" || given.Reason != "phone forgotten" || given.Details["minutes"] != "15" {
		t.Errorf("given: %+v", given)
	}
	if used.Action != domain.ActionVerification || used.Details["method"] != "access_pass" || used.Details["given_by"] != "root" {
		t.Errorf("used: %+v", used)
	}
}
