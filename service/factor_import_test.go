package service_test

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
	"github.com/countersign/countersign/service/proof"
)

// migrator is a caller with a key of the scope migration alone.
func (w *world) migrator() domain.Caller {
	w.Helper()
	_, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName,
		domain.ServiceKeyInput{Scopes: []domain.Scope{domain.ScopeMigration}, Lifetime: time.Hour})
	w.ok(err)
	key, err := w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	return key
}

// elsewhere is a secret that another product gave a user.
func elsewhere(user, kept string) []byte {
	sum := sha256.Sum256([]byte(user + "/" + kept))
	return sum[:20]
}

// app is the user's device, as another product knows it.
func (w *world) app(user, kept string) *device {
	shows := factortest.Plain()
	shows.Secret = elsewhere(user, kept)
	return &device{w: w, userID: user, shows: shows}
}

func (d *device) line(number int) migration.FactorLine {
	return migration.FactorLine{
		Number: number, UserID: d.userID, Secret: factorfile.NewSecret(d.shows.Secret),
		Algorithm: d.shows.Algorithm, Digits: d.shows.Digits, Period: d.shows.Period,
	}
}

func factorLines(lines ...migration.FactorLine) iter.Seq2[migration.FactorLine, error] {
	return func(yield func(migration.FactorLine, error) bool) {
		for n, line := range lines {
			line.Number = n + 1
			if !yield(line, nil) {
				return
			}
		}
	}
}

// importsFactors returns what was counted, and the code of each refused line.
func (w *world) importsFactors(s *service.Service, c domain.Caller, lines ...migration.FactorLine) (migration.FactorImport, map[int]domain.Code) {
	w.Helper()
	refused := map[int]domain.Code{}
	sum, err := s.ImportFactors(w.ctx, c, migration.FactorImportInput{
		Lines: factorLines(lines...), Refused: func(l migration.FactorLine) { refused[l.Number] = l.Refusal.Code },
	})
	w.ok(err)
	return sum, refused
}

// operatorImportsFactors is that at the command line.
func (w *world) operatorImportsFactors(replaceProven bool, lines ...migration.FactorLine) (migration.FactorImport, map[int]domain.Code) {
	w.Helper()
	refused := map[int]domain.Code{}
	sum, err := w.svc.OperatorImportFactors(w.ctx, domain.Operator{Account: "root"}, tenantName, migration.FactorImportInput{
		Lines: factorLines(lines...), ReplaceProven: replaceProven,
		Refused: func(l migration.FactorLine) { refused[l.Number] = l.Refusal.Code },
	})
	w.ok(err)
	return sum, refused
}

func TestAnImportedFactorIsActiveAndNotProvenUntilItsFirstCode(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		w.put("ada", domain.RoleMember)
		app := w.app("ada", "there")
		sum, _ := w.importsFactors(w.svc, w.migrator(), app.line(1))
		if diff := cmp.Diff(migration.FactorImport{Created: 1}, sum); diff != "" {
			w.Fatalf("imported (-want +got):\n%s", diff)
		}
		u := w.snapshot("ada")
		if len(u.Factors) != 1 || u.Factors[0].State != domain.FactorActive || u.Factors[0].Proven() || u.Factors[0].Name != "Authenticator" ||
			!u.EverEnrolled || u.EnabledAt.IsZero() || u.RecoveryCodes.Total != 0 {
			w.Fatalf("stored: %+v", u.SecondFactor)
		}
		if d := w.decision("ada"); d.Decision != domain.DecisionChallenge {
			w.Errorf("the decision is %v", d.Decision)
		}
		event := w.events("ada")[0]
		want := map[string]string{"algorithm": "SHA1", "digits": "6", "period_seconds": "30"}
		if event.Action != domain.ActionFactorImported || event.FactorID != u.Factors[0].ID || !cmp.Equal(want, event.Details) {
			w.Errorf("the trail has %+v", event)
		}
		w.ok(app.verify(w.svc, app.code(0)))
		if u := w.snapshot("ada"); !u.Factors[0].Proven() {
			w.Errorf("after a code: %+v", u.Factors)
		}
	})
}

// Hardware tokens, and apps of other products.
func TestTheCodesOfAnImportedFactorAreThoseOfItsDevice(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key := w.migrator()
	for id, shows := range map[string]factortest.Device{"token": factortest.Token(), "quick": factortest.Quick(), "plain": factortest.Plain()} {
		w.put(id, domain.RoleMember)
		d := &device{w: w, userID: id, shows: shows}
		if sum, _ := w.importsFactors(w.svc, key, d.line(1)); sum.Created != 1 {
			t.Fatalf("%s: counted %+v", id, sum)
		}
		if err := d.verify(w.svc, d.wrong()); codeOf(err) != domain.CodeCodeInvalid {
			t.Errorf("%s: a wrong code: %v", id, err)
		}
		w.ok(d.verify(w.svc, d.code(0)))
		if sum, _ := w.importsFactors(w.svc, key, d.line(1)); sum.Unchanged != 1 {
			t.Errorf("%s, again: counted %+v", id, sum)
		}
	}
	if f := w.snapshot("plain").Factors[0].TOTP; f.Algorithm != "" || f.Digits != 0 || f.Period != 0 {
		t.Errorf("what is standard is stored: %+v", f)
	}
}

func TestAFactorIsImportedOnlyForALocalActiveUserWhoHasNone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for id, p := range map[string]domain.Profile{
		"ldap": {AuthSource: domain.AuthLDAP, Active: true}, "saml": {AuthSource: domain.AuthSAML, Active: true},
		"gone": {AuthSource: domain.AuthLocal}, "free": {AuthSource: domain.AuthLocal, Active: true},
	} {
		p.Username, p.Role = id, domain.RoleMember
		w.profile(id, p)
	}
	w.enroll("proven", domain.RoleMember)
	w.put("unproven", domain.RoleMember)
	key := w.migrator()
	w.importsFactors(w.svc, key, w.app("unproven", "first").line(1))
	before := map[string]domain.User{}
	for _, id := range []string{"ldap", "saml", "gone", "proven", "unproven"} {
		before[id] = w.snapshot(id)
	}
	replacing := w.app("proven", "there").line(1)
	replacing.Replace = true
	sum, refused := w.importsFactors(w.svc, key,
		w.app("ldap", "there").line(1), w.app("saml", "there").line(1), w.app("gone", "there").line(1), w.app("proven", "there").line(1),
		w.app("unproven", "second").line(1), w.app("nobody", "there").line(1), replacing, w.app("free", "there").line(1))
	want := map[int]domain.Code{
		1: "auth_source_not_supported", 2: "auth_source_not_supported", 3: "user_inactive", 4: "already_exists", 5: "already_exists", 6: "not_found", 7: "already_exists",
	}
	if diff := cmp.Diff(want, refused); diff != "" || sum.Created != 1 || sum.Failed != 7 {
		t.Errorf("counted %+v, refused (-want +got):\n%s", sum, diff)
	}
	for id, was := range before {
		if diff := cmp.Diff(was, w.snapshot(id)); diff != "" {
			t.Errorf("%s was refused, and changed:\n%s", id, diff)
		}
	}
}

func TestALineThatIsNoFactorIsRefusedWithItsRemedyAndKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	good := w.app("ada", "there").line(1)
	var lines []migration.FactorLine
	for _, wrong := range []func(*migration.FactorLine){
		func(l *migration.FactorLine) { l.UserID = "" },
		func(l *migration.FactorLine) { l.UserID = "a/../b" },
		func(l *migration.FactorLine) { l.Secret = factorfile.NewSecret(make([]byte, 9)) },
		func(l *migration.FactorLine) { l.Secret = factorfile.NewSecret(make([]byte, 65)) },
		func(l *migration.FactorLine) { l.Algorithm = "MD5" },
		func(l *migration.FactorLine) { l.Digits = 7 },
		func(l *migration.FactorLine) { l.Period = 14 * time.Second },
		func(l *migration.FactorLine) { l.Period = 121 * time.Second },
		func(l *migration.FactorLine) { l.Period = 30*time.Second + 1 },
		func(l *migration.FactorLine) { l.Name = strings.Repeat("x", 65) },
		func(l *migration.FactorLine) { l.Name = "a\nb" },
	} {
		line := good
		wrong(&line)
		lines = append(lines, line)
	}
	sum, refused := w.importsFactors(w.svc, w.migrator(), append(lines, good)...)
	if sum.Created != 1 || sum.Failed != len(lines) || len(refused) != len(lines) {
		t.Errorf("counted %+v", sum)
	}
	for number, code := range refused {
		if code != domain.CodeInvalidRequest {
			t.Errorf("line %d: %s", number, code)
		}
	}
}

func TestASecretOf80BitsIsTakenAndCalledWeak(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	lines := []migration.FactorLine{}
	for n, size := range []int{10, 15, 16, 64} {
		id := fmt.Sprint("u", n)
		w.put(id, domain.RoleMember)
		lines = append(lines, migration.FactorLine{UserID: id, Secret: factorfile.NewSecret(make([]byte, size))})
	}
	key := w.migrator()
	for _, want := range []migration.FactorImport{{Created: 4, Weak: 2}, {Unchanged: 4, Weak: 2}} {
		if sum, _ := w.importsFactors(w.svc, key, lines...); sum != want {
			t.Errorf("counted %+v, want %+v", sum, want)
		}
	}
}

// Whoever has logged in meanwhile too.
func TestTheSameFactorAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key := w.migrator()
	for _, id := range []string{"ada", "ben"} {
		w.put(id, domain.RoleMember)
	}
	ada, ben := w.app("ada", "there"), w.app("ben", "there")
	w.importsFactors(w.svc, key, ada.line(1), ben.line(2))
	w.ok(ben.verify(w.svc, ben.code(0)))
	before := []domain.User{w.snapshot("ada"), w.snapshot("ben")}
	again := []migration.FactorLine{ada.line(1), ben.line(2), ada.line(3)}
	again[2].Replace, again[2].Name = true, "another name"
	if sum, _ := w.importsFactors(w.svc, key, again...); sum != (migration.FactorImport{Unchanged: 3}) {
		t.Errorf("counted %+v", sum)
	}
	if diff := cmp.Diff(before, []domain.User{w.snapshot("ada"), w.snapshot("ben")}); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	other := ada.line(1)
	other.Digits = 8
	if _, refused := w.importsFactors(w.svc, key, other); refused[1] != domain.CodeAlreadyExists {
		t.Errorf("the same secret with other digits is %v", refused)
	}
}

func TestReplaceReachesAFactorThatIsNotProvenYet(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key := w.migrator()
	w.put("ada", domain.RoleMember)
	old, other := w.app("ada", "there"), w.app("ada", "elsewhere")
	w.importsFactors(w.svc, key, old.line(1))
	was := w.snapshot("ada").Factors[0].ID
	line := other.line(1)
	line.Replace = true
	if sum, _ := w.importsFactors(w.svc, key, line); sum != (migration.FactorImport{Replaced: 1}) {
		t.Fatalf("counted %+v", sum)
	}
	u := w.snapshot("ada")
	removed := w.events("ada")[1]
	if len(u.Factors) != 1 || u.Factors[0].ID == was || removed.Action != domain.ActionFactorRemoved || removed.FactorID != was {
		t.Errorf("stored %+v, and the trail has %+v", u.Factors, removed)
	}
	if err := old.verify(w.svc, old.code(0)); codeOf(err) != domain.CodeCodeInvalid {
		t.Errorf("a code of the one before: %v", err)
	}
	w.ok(other.verify(w.svc, other.code(0)))
}

func TestOnlyTheOperatorReplacesAProvenFactor(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	phone := w.enroll("ada", domain.RoleMember)
	other := w.app("ada", "there")
	line := other.line(1)
	line.Replace = true
	_, refused := w.importsFactors(w.svc, w.migrator(), line)
	_, byOperator := w.operatorImportsFactors(false, line)
	if refused[1] != domain.CodeAlreadyExists || byOperator[1] != domain.CodeAlreadyExists {
		t.Errorf("a proven factor is replaced: %v, %v", refused, byOperator)
	}
	in := migration.FactorImportInput{Lines: factorLines(line), ReplaceProven: true, Refused: func(migration.FactorLine) {}}
	if sum, err := w.svc.ImportFactors(w.ctx, w.migrator(), in); err != nil || sum.Failed != 1 {
		t.Errorf("a key says that it may: %+v, %v", sum, err)
	}
	if sum, _ := w.operatorImportsFactors(true, line); sum != (migration.FactorImport{Replaced: 1}) {
		t.Fatalf("counted %+v", sum)
	}
	event := w.events("ada")[0]
	if event.Action != domain.ActionFactorImported || event.Details["replaced_proven"] != "true" || event.Actor.ID != "root" {
		t.Errorf("the trail has %+v", event)
	}
	if err := phone.verify(w.svc, phone.code(1)); codeOf(err) != domain.CodeCodeInvalid {
		t.Errorf("a code of the one before: %v", err)
	}
	if err := phone.recover(w.svc, phone.codes[0]); codeOf(err) != domain.CodeCodeInvalid {
		t.Errorf("a recovery code of the one before: %v", err)
	}
	w.ok(other.verify(w.svc, other.code(0)))
}

// It goes on beside the app, and the trail does not say that something was replaced.
func TestAnImportedFactorReplacesNoPasskey(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	passkey := w.register(service.EnrollInput{UserID: "ada"})
	line := w.app("ada", "there").line(1)
	line.Replace = true
	if sum, refused := w.operatorImportsFactors(true, line); sum != (migration.FactorImport{Created: 1}) {
		t.Fatalf("counted %+v, %v", sum, refused)
	}
	if event := w.events("ada")[0]; event.Action != domain.ActionFactorImported || event.Details["replaced_proven"] != "" {
		t.Errorf("the trail has %+v", event)
	}
	_, err := passkey.send(w.svc, passkey.answer(passkey.options(w.svc, proof.TokenRequest{})), proof.TokenRequest{})
	w.ok(err)
}

// A factor of which nobody here has seen a code proves no administrator.
func TestAnImportDoesNotTakeTheLastProvenAdminFromAMandate(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	root := w.enroll("root", domain.RoleAdmin)
	w.ok(w.demand(root.stepUp(), domain.PolicyPatch{Mandatory: new(true)}))
	line := w.app("root", "there").line(1)
	line.Replace = true
	if _, refused := w.operatorImportsFactors(true, line); refused[1] != domain.CodeLastAdmin {
		t.Errorf("the last admin who proved a factor: %v", refused)
	}
	w.enroll("boss", domain.RoleAdmin)
	if sum, refused := w.operatorImportsFactors(true, line); sum.Replaced != 1 {
		t.Errorf("one of two admins: %+v, %v", sum, refused)
	}
}

func TestTheGenerationEndsWithAnImportedFactor(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	pending := w.begin(service.EnrollInput{UserID: "ada"})
	before := w.snapshot("ada").Generation
	w.importsFactors(w.svc, w.migrator(), w.app("ada", "there").line(1))
	u := w.snapshot("ada")
	if u.Generation == before || u.Pending() != nil {
		t.Errorf("stored: %+v", u.SecondFactor)
	}
	_, err := w.svc.Confirm(w.ctx, w.key, pending.confirmation(pending.code(-1), pending.code(0)))
	if codeOf(err) != domain.CodeNotFound {
		t.Errorf("the enrollment from before is confirmed: %v", err)
	}
}

func TestAnImportOfFactorsNeedsItsOwnScope(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	_, err := w.svc.ImportFactors(w.ctx, w.key, migration.FactorImportInput{Lines: factorLines()})
	if codeOf(err) != domain.CodeForbidden {
		t.Errorf("a key of all the usual scopes: %v", err)
	}
	for name, in := range map[string]domain.ServiceKeyInput{
		"that never expires":  {Scopes: []domain.Scope{domain.ScopeMigration}},
		"of more than 7 days": {Scopes: []domain.Scope{domain.ScopeMigration}, Lifetime: 7*24*time.Hour + time.Second},
		"that can do more":    {Scopes: []domain.Scope{domain.ScopeLogin, domain.ScopeMigration}, Lifetime: time.Hour},
	} {
		if _, _, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, in); codeOf(err) != domain.CodeInvalidRequest {
			t.Errorf("a key %s: %v", name, err)
		}
	}
	_, _, err = w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName,
		domain.ServiceKeyInput{Scopes: []domain.Scope{domain.ScopeMigration}, Lifetime: domain.LongestMigration})
	w.ok(err)
}
