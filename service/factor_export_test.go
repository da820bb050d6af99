package service_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/operator"
)

const filePassword = "correct horse battery staple"

// exported is the file of all factors.
func (w *world) exported(f factorfile.Format) []byte {
	w.Helper()
	var file bytes.Buffer
	_, err := w.svc.OperatorExportFactors(w.ctx, domain.Operator{Account: "root"}, tenantName, migration.FactorExportInput{
		Format: f, Encrypted: true,
		Write: func(records iter.Seq2[factorfile.Record, error]) error {
			return factorfile.Write(f, &file, records, factorfile.Options{Password: factorfile.NewSecret([]byte(filePassword))})
		},
	})
	w.ok(err)
	return file.Bytes()
}

func TestWhatIsExportedIsAcceptedInAnotherTenantByItsCodes(t *testing.T) {
	t.Parallel()
	for _, format := range factorfile.WrittenFormats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			w := onSQLite(t)
			enrolled := w.enroll("ada", domain.RoleMember)
			w.put("ben", domain.RoleMember)
			imported := w.app("ben", "there")
			w.importsFactors(w.svc, w.migrator(), imported.line(1))
			file := w.exported(format)
			_, text, err := w.svc.CreateTenant(w.ctx, domain.Operator{}, operator.TenantInput{ID: "other"})
			w.ok(err)
			other, err := w.svc.Authenticate(w.ctx, text)
			w.ok(err)
			for _, id := range []string{"ada", "ben"} {
				_, _, err := w.svc.PutUser(w.ctx, other, id, directory.UserInput{
					Profile: domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true},
				})
				w.ok(err)
			}
			sum, err := w.svc.OperatorImportFactors(w.ctx, domain.Operator{}, "other", migration.FactorImportInput{
				Refused: func(l migration.FactorLine) { t.Errorf("refused: %v", l.Refusal) },
				Lines: w.svc.FactorLines(w.ctx, "other", migration.FileInput{
					Key:     migration.KeyID,
					Records: factorfile.Read(format, bytes.NewReader(file), factorfile.Options{Password: factorfile.NewSecret([]byte(filePassword))}),
				}),
			})
			w.ok(err)
			if diff := cmp.Diff(migration.FactorImport{Created: 2}, sum); diff != "" {
				t.Fatalf("imported (-want +got):\n%s", diff)
			}
			w.key = other
			w.ok(enrolled.verify(w.svc, enrolled.code(0)))
			w.ok(imported.verify(w.svc, imported.code(0)))
		})
	}
}

func TestAnExportIsInTheTrailBeforeItsFirstSecretIsRead(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.enroll("ada", domain.RoleMember)
	w.put("none", domain.RoleMember)
	w.enroll("gone", domain.RoleMember)
	w.profile("gone", domain.Profile{Username: "gone", AuthSource: domain.AuthSAML, Role: domain.RoleMember, Active: true}) // suspended
	w.put("pending", domain.RoleMember)
	w.begin(service.EnrollInput{UserID: "pending"})
	full := errors.New("the disk is full")
	_, err := w.svc.OperatorExportFactors(w.ctx, domain.Operator{Account: "root"}, tenantName, migration.FactorExportInput{
		Format: factorfile.CSV,
		Write: func(records iter.Seq2[factorfile.Record, error]) error {
			page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionFactorsExported})
			w.ok(err)
			want := map[string]string{"format": "csv", "count": "1", "encrypted": "false"}
			if len(page.Events) != 1 || page.Events[0].Actor.ID != "root" || !cmp.Equal(want, page.Events[0].Details) {
				t.Errorf("the trail has %+v", page.Events)
			}
			var people []string
			for r, err := range records {
				w.ok(err)
				people = append(people, r.UserID+" "+r.Username)
			}
			if diff := cmp.Diff([]string{"ada ada"}, people); diff != "" {
				t.Error(diff)
			}
			return full
		},
	})
	if !errors.Is(err, full) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAnExportReadsAllPages(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	const people = 1001 // more than two pages
	w.imports(w.svc, userLines(0, people, domain.RoleMember))
	var lines []migration.FactorLine
	for n := range people {
		lines = append(lines, w.app(fmt.Sprintf("u%05d", n), "there").line(n+1))
	}
	w.importsFactors(w.svc, w.migrator(), lines...)
	var order []string
	var begun int
	n, err := w.svc.OperatorExportFactors(w.ctx, domain.Operator{}, tenantName, migration.FactorExportInput{
		Begin: func(count int) { begun = count },
		Write: func(records iter.Seq2[factorfile.Record, error]) error {
			for r, err := range records {
				w.ok(err)
				order = append(order, r.UserID)
			}
			return nil
		},
	})
	w.ok(err)
	if n != people || begun != people || len(order) != people || order[0] != "u00000" || order[people-1] != "u01000" {
		t.Errorf("%d of %d factors, from %s to %s", n, begun, order[0], order[len(order)-1])
	}
}

// The file's people are found by the name that is chosen, and by no other.
func TestPeopleOfAFileAreFoundByTheNameThatIsChosen(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		for id, username := range map[string]string{"u-1": "Ana@Example.com", "u-2": "ben", "u-3": "BEN", "u-4": "jose\u0301"} {
			w.profile(id, domain.Profile{Username: username, AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true})
		}
		secret := factorfile.NewSecret(elsewhere("x", "y"))
		records := []factorfile.Record{
			{Number: 1, UserID: "u-1", Username: "ana", Email: "ana@example.COM", Secret: secret},
			{Number: 2, UserID: "u-9", Username: "Ben", Secret: secret},
			{Number: 3, UserID: "u-4", Username: "JOSÉ", Email: "jose@example.com", Secret: secret},
			{Number: 4, Username: "nobody", Refusal: &factorfile.Refusal{Field: "type", Detail: "HOTP."}},
			{Number: 5, UserID: "u-2", Username: "ben", Email: "ana@example.com", EmailUnverified: true, Secret: secret},
		}
		for key, want := range map[migration.UserKey][]string{
			migration.KeyID:       {"u-1", "u-9", "u-4", " invalid_request", "u-2"},
			migration.KeyUsername: {" not_found", " invalid_request", "u-4", " invalid_request", " invalid_request"},
			migration.KeyEmail:    {"u-1", " invalid_request", " not_found", " invalid_request", " invalid_request"},
		} {
			var got []string
			for line, err := range w.svc.FactorLines(w.ctx, tenantName, migration.FileInput{Key: key, Records: recordsOf(records)}) {
				w.ok(err)
				text := line.UserID
				if line.Refusal != nil {
					text += " " + string(line.Refusal.Code)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				w.Errorf("by %s (-want +got):\n%s", key, diff)
			}
		}
	})
}

func recordsOf(records []factorfile.Record) iter.Seq2[factorfile.Record, error] {
	return func(yield func(factorfile.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}
