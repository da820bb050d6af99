package service_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

func TestOnlyALaterChangeOfCredentialsEndsWhatWasProven(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	d := w.enroll("ada", domain.RoleMember)
	member := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	put := func(at time.Time) error {
		_, _, err := w.svc.PutUser(w.ctx, w.key, "ada", directory.UserInput{Profile: member, CredentialsChangedAt: at})
		return err
	}
	changed := w.clock.Now().Add(-time.Hour)
	for _, step := range []struct {
		name string
		at   time.Time
		ends bool
	}{
		{"the host does not say", time.Time{}, false},
		{"the host says it first", changed, true},
		{"the same again", changed, false},
		{"the same, finer than it is stored", changed.Add(time.Nanosecond), false},
		{"the same in another zone", changed.In(time.FixedZone("", 3600)), false},
		{"one before it", changed.Add(-time.Hour), false},
		{"none", time.Time{}, false},
		{"one after it", changed.Add(time.Microsecond), true},
		{"within the gap of the clocks", w.clock.Now().Add(3 * time.Second), true},
	} {
		secret, text, version := d.remembered().Secret, d.proven(proof.TokenRequest{}), w.snapshot("ada").Version
		w.ok(put(step.at))
		if ended := w.snapshot("ada").Version != version; ended != step.ends {
			t.Errorf("%s: written: %t", step.name, ended)
		}
		_, err := w.svc.ConsumeToken(w.ctx, w.key, text)
		if step.ends {
			w.wantShown("ada", secret, "enrolled")
			wantCode(t, err, domain.CodeTokenInvalid)
		} else {
			w.wantShown("ada", secret, "remembered_browser")
			w.ok(err)
		}
	}
	before := w.snapshot("ada")
	wantCode(t, put(w.clock.Now().Add(6*time.Second)), domain.CodeInvalidRequest)
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Error(diff)
	}
}

func TestAnImportTellsOfChangedCredentials(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.rememberFor(30)
	secret := w.enroll("ada", domain.RoleMember).remembered().Secret
	member := domain.Profile{Username: "ada", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	changed := w.clock.Now()
	var refused []int
	importAt := func(times ...time.Time) directory.UserImport {
		lines := make([]directory.UserLine, len(times))
		for n, at := range times {
			lines[n] = directory.UserLine{Number: n + 1, UserID: "ada", Profile: member, CredentialsChangedAt: at}
		}
		sum, err := w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
			Lines: func(yield func(directory.UserLine, error) bool) {
				for _, line := range lines {
					if !yield(line, nil) {
						return
					}
				}
			},
			Refused: func(line directory.UserLine) {
				refused = append(refused, line.Number)
				if line.Refusal.Code != domain.CodeInvalidRequest {
					t.Errorf("line %d is refused as %s", line.Number, line.Refusal.Code)
				}
			},
		})
		w.ok(err)
		return sum
	}
	if diff := cmp.Diff(directory.UserImport{Unchanged: 1}, importAt(time.Time{})); diff != "" {
		t.Error(diff)
	}
	secret = w.wantShown("ada", secret, "remembered_browser")
	want := directory.UserImport{Updated: 1, Unchanged: 2, Failed: 1}
	if diff := cmp.Diff(want, importAt(changed, changed, changed.Add(time.Hour), time.Time{})); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(refused, []int{3}) {
		t.Errorf("the lines %v are refused", refused)
	}
	w.wantShown("ada", secret, "enrolled")
}
