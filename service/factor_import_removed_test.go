package service_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/proof"
)

// A file outlives the phone that was stolen: nobody brings it back by repeating the
// import, but the operator who says so.
func TestAnImportBringsBackNoFactorThatWasRemovedHere(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(w *world, app *device) error{
		"reset by the operator": func(w *world, _ *device) error {
			return w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "ada", "phone stolen")
		},
		"disabled by a manager": func(w *world, _ *device) error {
			boss := w.enroll("boss", domain.RoleAdmin)
			return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", StepUp: boss.stepUp(), Reason: "phone stolen"})
		},
		"disabled by the user": func(w *world, app *device) error {
			return w.svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: proof.Input{Code: app.code(0)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(w *world) {
				w.put("ada", domain.RoleMember)
				app, key := w.app("ada", "there"), w.migrator()
				w.importsFactors(w.svc, key, app.line(1))
				w.ok(remove(w, app))
				before := w.snapshot("ada")
				w.bringsNothingBack(key, app)
				if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
					w.Errorf("changed:\n%s", diff)
				}
				if sum, refused := w.operatorImportsFactors(true, app.line(1)); sum != (migration.FactorImport{Created: 1}) {
					w.Errorf("the operator says so: %+v, %v", sum, refused)
				}
				if u := w.snapshot("ada"); u.MustEnroll || len(u.ActiveFactors()) != 1 || u.ActiveFactors()[0].Proven() {
					w.Errorf("stored %+v", u.SecondFactor)
				}
			})
		})
	}
}

// bringsNothingBack tries it with and without replace, in a dry run too, by a key and
// at the command line.
func (w *world) bringsNothingBack(key domain.Caller, app *device) {
	w.Helper()
	want := map[int]domain.Code{1: domain.CodeReenrollmentRequired, 2: domain.CodeReenrollmentRequired}
	same, other := app.line(1), w.app(app.userID, "elsewhere").line(2)
	other.Replace = true
	for _, svc := range []*service.Service{w.dryRun(), w.svc} {
		if sum, refused := w.importsFactors(svc, key, same, other); sum != (migration.FactorImport{Failed: 2}) || !cmp.Equal(want, refused) {
			w.Errorf("counted %+v, refused %v", sum, refused)
		}
	}
	if trail := w.events(app.userID); !slices.ContainsFunc(trail, func(e domain.Event) bool {
		return e.Action == domain.ActionAccessRefused && e.Details["code"] == string(domain.CodeReenrollmentRequired)
	}) {
		w.Errorf("the trail has %+v", trail)
	}
	if sum, refused := w.operatorImportsFactors(false, same, other); sum != (migration.FactorImport{Failed: 2}) || !cmp.Equal(want, refused) {
		w.Errorf("at the command line: counted %+v, refused %v", sum, refused)
	}
	in := migration.FactorImportInput{Lines: factorLines(same), ReplaceProven: true, Refused: func(migration.FactorLine) {}}
	if sum, err := w.svc.ImportFactors(w.ctx, key, in); err != nil || sum.Failed != 1 {
		w.Errorf("a key says that it may: %+v, %v", sum, err)
	}
}

// Who was reset before there ever was a factor is to enroll.
func TestAnImportGivesNoFactorToWhoWasResetBeforeIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	w.ok(w.svc.ResetUser(w.ctx, domain.Operator{Account: "ops"}, tenantName, "ada", "a trial"))
	if _, refused := w.importsFactors(w.svc, w.migrator(), w.app("ada", "there").line(1)); refused[1] != domain.CodeReenrollmentRequired {
		t.Errorf("refused %v", refused)
	}
}
