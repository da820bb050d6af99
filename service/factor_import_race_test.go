package service_test

import (
	"fmt"
	"testing"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/proof"
)

// importOne is an import of one line, as one error.
func (w *world) importOne(s *service.Service, c domain.Caller, line migration.FactorLine) error {
	var refusal error
	_, err := s.ImportFactors(w.ctx, c, migration.FactorImportInput{
		Lines: factorLines(line), Refused: func(l migration.FactorLine) { refusal = l.Refusal },
	})
	if err != nil {
		return err
	}
	return refusal
}

const raced = 20

func TestOfTwoImportsForOneUserExactlyOneGivesTheFactor(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		key := w.migrator()
		replicas := []*service.Service{w.replica(), w.replica(), w.replica()}
		for n := range raced {
			id := fmt.Sprint("u", n)
			w.put(id, domain.RoleMember)
			got := race(len(replicas), func(i int) error {
				return w.importOne(replicas[i], key, w.app(id, fmt.Sprint(i)).line(1))
			})
			if got[""] != 1 || got[domain.CodeAlreadyExists] != 2 || len(w.snapshot(id).Factors) != 1 {
				w.Errorf("%v, and %d factors", got, len(w.snapshot(id).Factors))
			}
		}
	})
}

// What somebody begins, confirms, proves or takes away while a factor is imported
// for them: whatever comes first, no more is active than was accepted, and what was
// accepted is not lost.
func TestAnImportBesideTheUsersOwnDoingLeavesOneFactor(t *testing.T) {
	t.Parallel()
	disabled := func(err error) bool { return err == nil || codeOf(err) == domain.CodeNotEnrolled }
	for name, test := range map[string]struct {
		prepare func(w *world, id string) (theirs func(*service.Service) error)
		want    func(w *world, u domain.User, imported, theirs error) bool
	}{
		"enroll": {
			func(w *world, id string) func(*service.Service) error {
				w.put(id, domain.RoleMember)
				return func(s *service.Service) error {
					_, err := s.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: id})
					return err
				}
			},
			func(_ *world, u domain.User, imported, theirs error) bool { // a pending one ends, or wants a step-up
				return imported == nil && len(u.ActiveFactors()) == 1 && u.Pending() == nil && (theirs == nil || codeOf(theirs) == domain.CodeStepUpRequired)
			},
		},
		"confirm": {
			func(w *world, id string) func(*service.Service) error {
				w.put(id, domain.RoleMember)
				d := w.begin(service.EnrollInput{UserID: id})
				return func(s *service.Service) error {
					_, err := s.Confirm(w.ctx, w.key, d.confirmation(d.code(-1), d.code(0)))
					return err
				}
			},
			func(_ *world, u domain.User, imported, theirs error) bool {
				return (imported == nil) != (theirs == nil) && len(u.Factors) == 1 && u.Factors[0].Proven() == (theirs == nil)
			},
		},
		"verify": {
			func(w *world, id string) func(*service.Service) error {
				w.put(id, domain.RoleMember)
				app := w.app(id, "first")
				w.ok(w.importOne(w.svc, w.migrator(), app.line(1)))
				return func(s *service.Service) error { return app.verify(s, app.code(0)) }
			},
			func(_ *world, u domain.User, imported, theirs error) bool { // who is proven is not replaced, who is replaced is not proven
				return (imported == nil) != (theirs == nil) && len(u.Factors) == 1 && u.Factors[0].Proven() == (theirs == nil)
			},
		},
		"disable": {
			func(w *world, id string) func(*service.Service) error {
				d := w.enroll(id, domain.RoleMember)
				return func(s *service.Service) error {
					return s.Disable(w.ctx, w.key, service.DisableInput{UserID: id, Proof: proof.Input{Code: d.code(0)}})
				}
			},
			func(_ *world, u domain.User, imported, theirs error) bool {
				return disabled(theirs) && imported != nil && len(u.Factors) == 0
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(w *world) {
				key, replicas := w.migrator(), []*service.Service{w.replica(), w.replica()}
				for n := range raced {
					id := fmt.Sprint("u", n)
					theirs := test.prepare(w, id)
					line := w.app(id, "second").line(1)
					line.Replace = true
					var errs [2]error
					race(2, func(i int) error {
						if i == 0 {
							errs[0] = w.importOne(replicas[0], key, line)
						} else {
							errs[1] = theirs(replicas[1])
						}
						return nil
					})
					if u := w.snapshot(id); !test.want(w, u, errs[0], errs[1]) {
						w.Errorf("import: %v; theirs: %v; left %+v", errs[0], errs[1], u.SecondFactor)
					}
				}
			})
		})
	}
}
