package service_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// about reports whether a user is among those who change.
func about(changes []domain.Change, id string) bool {
	return slices.ContainsFunc(changes, func(c domain.Change) bool { return c.User != nil && c.User.ID == id })
}

// The first batch is decided last.
func TestNoLineIsCountedBeforeThoseBeforeIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	second := make(chan struct{})
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		if about(changes, "u00000") {
			<-second
		}
		if about(changes, "u00300") {
			defer close(second)
		}
		return carryOut(ctx, changes)
	})
	refused := []int{2, 250, 251, 500, 501, 750}
	var told []int
	sum, err := svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
		Lines:   refusing(userLines(0, 750, domain.RoleMember), refused...),
		Refused: func(l directory.UserLine) { told = append(told, l.Number) },
	})
	w.ok(err)
	if diff := cmp.Diff(directory.UserImport{Created: 744, Failed: 6}, sum); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(refused, told); diff != "" {
		t.Errorf("lines told (-want +got):\n%s", diff)
	}
}

// A reader that waits for its client keeps nobody from being told.
func TestABatchIsCountedAsSoonAsItIsDecidedThoughNoMoreIsRead(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, batches := range []int{1, 2, 3} {
		told := make(chan int, batches)
		var last []int
		for n := range batches {
			last = append(last, 250*(n+1))
		}
		_, err := w.svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{
			Lines: then(refusing(userLines(0, 250*batches, domain.RoleMember), last...), func(func(directory.UserLine, error) bool) {
				for _, want := range last {
					if got := <-told; got != want {
						t.Errorf("line %d was told, want %d", got, want)
					}
				}
			}),
			Refused: func(l directory.UserLine) { told <- l.Number },
		})
		w.ok(err)
	}
}

func TestAnImportThatFailsReturnsOnlyWhenAllThatItBeganIsDecided(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	begun := make(chan struct{})
	var decided atomic.Bool
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		if about(changes, "u00000") {
			<-begun
			return failed(changes, domain.ErrUnavailable)
		}
		close(begun)
		defer decided.Store(true)
		return carryOut(ctx, changes)
	})
	sum, err := svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: userLines(0, 500, domain.RoleMember)})
	if !decided.Load() {
		t.Error("it returned while a batch was being carried out")
	}
	wantEnded(t, err, domain.ErrUnavailable, 0, directory.UserImport{}, sum)
}

func TestLinesThatSomebodyElseWasFasterThanAreDecidedAgainAndNoOthers(t *testing.T) {
	t.Parallel()
	for name, faster := range map[string][]string{
		"one": {"u00003"}, "two": {"u00000", "u00004"}, "all": {"u00000", "u00001", "u00002", "u00003", "u00004"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			var rounds [][]string
			svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
				var ids []string
				for _, c := range changes {
					ids = append(ids, c.User.ID)
				}
				if rounds = append(rounds, ids); len(rounds) == 1 {
					for _, id := range faster { // under another name
						w.put(id, domain.RoleMember)
					}
				}
				return carryOut(ctx, changes)
			})
			sum := w.imports(svc, userLines(0, 5, domain.RoleMember))
			if diff := cmp.Diff(directory.UserImport{Created: 5 - len(faster), Updated: len(faster)}, sum); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
			all := []string{"u00000", "u00001", "u00002", "u00003", "u00004"}
			if diff := cmp.Diff([][]string{all, faster}, rounds); diff != "" {
				t.Errorf("commits (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever loses an enrolled administrator goes alone, after the others.
func TestALineThatGoesAloneEndsAsAnyOtherDoes(t *testing.T) {
	t.Parallel()
	member := domain.Profile{Username: "u1", AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true}
	for name, test := range map[string]struct {
		somebodyElse bool // carries the line out first
		commit       error
		want         directory.UserImport
	}{
		"carried out":              {want: directory.UserImport{Created: 2, Updated: 1}},
		"by somebody else, before": {somebodyElse: true, want: directory.UserImport{Created: 2, Unchanged: 1}},
		"the store fails":          {commit: domain.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			w.enroll("u00001", domain.RoleAdmin)
			svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
				switch {
				case !store.IsBulk(ctx) && test.commit != nil && about(changes, "u00001"): // and not what the trail is told
					return failed(changes, test.commit)
				case store.IsBulk(ctx) && about(changes, "u00001"):
					t.Error("it went with the others")
				case store.IsBulk(ctx) && test.somebodyElse:
					w.profile("u00001", member)
				}
				return carryOut(ctx, changes)
			})
			sum, err := svc.ImportUsers(w.ctx, w.key, directory.UserImportInput{Lines: userLines(0, 3, domain.RoleMember)})
			if test.commit != nil {
				wantEnded(t, err, test.commit, 0, test.want, sum)
				return
			}
			w.ok(err)
			if diff := cmp.Diff(test.want, sum); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
			if u := w.snapshot("u00001"); u.Profile != member || !u.Enabled() {
				t.Errorf("stored: %+v", u)
			}
		})
	}
}
