package service_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/store"
)

// dryRun is the service whose store forgets.
func (w *world) dryRun() *service.Service {
	w.Helper()
	svc, err := service.New(w.ctx, service.Config{Store: store.DryRun{Store: batch.New(w.store, nil)}, OperatorKeys: w.operatorKeys, Sealer: w.sealer, Clock: w.clock})
	w.ok(err)
	return svc
}

// Whatever the import says of replacing, and as a dry run predicts.
func TestOfTwoFactorsOfAUserInOneImportTheFirstIsTakenAndTheOtherNeverReplacesIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.enroll("proven", domain.RoleMember)
		for _, id := range []string{"new", "unproven", "ben"} {
			w.put(id, domain.RoleMember)
		}
		w.operatorImportsFactors(false, w.app("unproven", "before").line(1))
		var lines []migration.FactorLine
		for n, l := range []struct{ user, kept string }{
			{"new", "phone"}, {"new", "tablet"}, {"ben", "phone"}, {"new", "phone"},
			{"unproven", "phone"}, {"unproven", "before"}, {"unproven", "phone"}, {"proven", "phone"}, {"proven", "tablet"},
		} {
			line := w.app(l.user, l.kept).line(n + 1)
			line.Replace = true
			lines = append(lines, line)
		}
		further := map[int]domain.Code{2: domain.CodeAlreadyExists, 6: domain.CodeAlreadyExists, 9: domain.CodeAlreadyExists}
		first := migration.FactorImport{Created: 2, Replaced: 2, Unchanged: 2, Failed: 3}
		again := migration.FactorImport{Unchanged: 6, Failed: 3}
		for _, run := range []struct {
			name string
			svc  *service.Service
			want migration.FactorImport
		}{
			{"a dry run", w.dryRun(), first}, {"the import", w.svc, first}, {"a dry run afterwards", w.dryRun(), again}, {"once more", w.svc, again},
		} {
			refused := map[int]domain.Code{}
			sum, err := run.svc.OperatorImportFactors(w.ctx, domain.Operator{Account: "root"}, tenantName, migration.FactorImportInput{
				Lines: factorLines(lines...), ReplaceProven: true, Refused: func(l migration.FactorLine) { refused[l.Number] = l.Refusal.Code },
			})
			w.ok(err)
			if diff := cmp.Diff(further, refused); diff != "" || sum != run.want {
				w.Errorf("%s: counted %+v, refused (-want +got):\n%s", run.name, sum, diff)
			}
		}
		for _, id := range []string{"new", "unproven", "proven"} {
			phone := w.app(id, "phone")
			w.ok(phone.verify(w.svc, phone.code(0)))
		}
	})
}

func TestAFurtherFactorIsKnownHoweverFarAwayItsLineIs(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	const people = 900 // several batches
	w.imports(w.svc, userLines(0, people, domain.RoleMember))
	var lines []migration.FactorLine
	for _, kept := range []string{"phone", "tablet"} {
		for n := range people {
			line := w.app(fmt.Sprintf("u%05d", n), kept).line(len(lines) + 1)
			line.Replace = true
			lines = append(lines, line)
		}
	}
	key := w.migrator()
	for _, svc := range []*service.Service{w.dryRun(), w.svc} {
		if sum, refused := w.importsFactors(svc, key, lines...); sum != (migration.FactorImport{Created: people, Failed: people}) || refused[people] != "" {
			t.Errorf("counted %+v", sum)
		}
	}
}

// The first that is accepted is not always the first in the stream, and what another
// import took counts as what is stored.
func TestALineThatIsRefusedTakesNobody(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	key := w.migrator()
	short, tablet := w.app("ada", "phone").line(1), w.app("ada", "tablet").line(2)
	short.Digits = 7
	if sum, _ := w.importsFactors(w.svc, key, short, tablet); sum != (migration.FactorImport{Created: 1, Failed: 1}) {
		t.Errorf("counted %+v", sum)
	}
	phone := w.app("ada", "phone").line(1)
	if sum, _ := w.importsFactors(w.svc, key, phone, tablet); sum != (migration.FactorImport{Unchanged: 1, Failed: 1}) {
		t.Errorf("the first is refused, and the second is there: %+v", sum)
	}
	phone.Replace = true
	if sum, _ := w.importsFactors(w.svc, key, phone); sum != (migration.FactorImport{Replaced: 1}) {
		t.Errorf("in another import: %+v", sum)
	}
}

// The guard decides after the line was accepted.
func TestALineThatTheGuardOfTheLastAdminRefusesTakesNobody(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.ok(w.demand(root.stepUp(), domain.PolicyPatch{Mandatory: new(true)}))
	phone := w.app("root", "phone").line(1)
	phone.Replace = true
	tablet := w.app("root", "tablet").line(2)
	tablet.Replace = true
	if _, refused := w.operatorImportsFactors(true, phone, tablet); !cmp.Equal(refused, map[int]domain.Code{1: domain.CodeLastAdmin, 2: domain.CodeLastAdmin}) {
		t.Errorf("refused %v", refused)
	}
}
