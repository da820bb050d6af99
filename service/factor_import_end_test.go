package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factorfile"
	"github.com/countersign/countersign/service/migration"
)

func TestNothingOfASecretIsInATrailAnErrorOrALine(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	const sentinel = "sentinel-of-a-secret"
	good := migration.FactorLine{UserID: "ada", Secret: factorfile.NewSecret([]byte(sentinel))}
	bad := good
	bad.Algorithm = "MD5"
	nobody := good
	nobody.UserID = "nobody"
	var told []string
	_, err := w.svc.ImportFactors(w.ctx, w.migrator(), migration.FactorImportInput{
		Lines: then(factorLines(bad, nobody, good), func(yield func(migration.FactorLine, error) bool) {
			yield(good, errors.New("the connection broke"))
		}),
		Refused: func(l migration.FactorLine) { told = append(told, fmt.Sprintf("%v %+v %#v %s", l, l, l, l.Refusal)) },
	})
	told = append(told, fmt.Sprintf("%v %+v %#v", good, good, err))
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{})
	w.ok(err)
	told = append(told, fmt.Sprintf("%+v", page.Events))
	for _, text := range told {
		for _, part := range []string{"sentinel", "ONSW45", "c2VudG", "73656e"} { // as it is, in base32, base64 and hex
			if strings.Contains(text, part) {
				t.Errorf("%q is told: %s", part, text)
			}
		}
	}
}

// The process that imports is gone between two batches.
func TestAnImportOfFactorsThatBrokeOffGoesOnWhereItSays(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		const people = 620
		w.imports(w.svc, userLines(0, people, domain.RoleMember))
		var lines []migration.FactorLine
		for n := range people {
			lines = append(lines, w.app(fmt.Sprintf("u%05d", n), "there").line(n+1))
		}
		key := w.migrator()
		svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
			if about(changes, "u00300") {
				return failed(changes, domain.ErrUnavailable)
			}
			return carryOut(ctx, changes)
		})
		sum, err := svc.ImportFactors(w.ctx, key, migration.FactorImportInput{Lines: factorLines(lines...), Refused: func(l migration.FactorLine) { w.Error(l.Refusal) }})
		var ended *bulk.Ended
		if !errors.As(err, &ended) || ended.Done != 250 || sum.Created != 250 {
			w.Fatalf("%+v, ended with %v", sum, err)
		}
		sum, _ = w.importsFactors(w.svc, key, lines[ended.Done:]...)
		if sum.Created+sum.Unchanged != people-250 || sum.Failed != 0 {
			w.Errorf("the rest: %+v", sum)
		}
		events, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionFactorImported})
		w.ok(err)
		if len(events.Events) != people {
			w.Errorf("the trail has %d imports", len(events.Events))
		}
	})
}

func TestAnImportOfFactorsFloodsNoTrail(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.enroll("ada", domain.RoleMember)
	lines := make([]migration.FactorLine, 60)
	for n := range lines {
		lines[n] = w.app("ada", fmt.Sprint(n)).line(n + 1)
	}
	if sum, _ := w.operatorImportsFactors(false, lines...); sum.Failed != len(lines) {
		t.Fatalf("counted %+v", sum)
	}
	page, err := w.store.Events(w.ctx, tenantName, domain.EventFilter{Action: domain.ActionAccessRefused})
	w.ok(err)
	if len(page.Events) != 2 || page.Events[0].Details["count"] != "59" || page.Events[1].UserID != "ada" {
		t.Errorf("the trail has the refusals %+v", page.Events)
	}
}

// It is asked before each batch.
func TestARevokedKeyEndsItsImportOfFactors(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.imports(w.svc, userLines(0, 251, domain.RoleMember))
	key, decided := w.migrator(), make(chan struct{})
	svc := w.intercepting(func(ctx context.Context, changes []domain.Change, carryOut commits) []error {
		defer close(decided)
		return carryOut(ctx, changes)
	})
	var lines []migration.FactorLine
	for n := range 250 {
		lines = append(lines, w.app(fmt.Sprintf("u%05d", n), "there").line(n+1))
	}
	last := w.app("u00250", "there").line(251)
	sum, err := svc.ImportFactors(w.ctx, key, migration.FactorImportInput{
		Refused: func(l migration.FactorLine) { t.Error(l.Refusal) },
		Lines: then(factorLines(lines...), func(yield func(migration.FactorLine, error) bool) {
			<-decided
			w.clock.advance(2 * time.Hour) // the key has expired
			yield(last, nil)
		}),
	})
	if codeOf(err) != domain.CodeCredentialInvalid || sum.Created != 250 || w.snapshot("u00250").Enabled() {
		t.Errorf("%+v, ended with %v", sum, err)
	}
}

// One damaged row keeps nobody else out, and its factor is not replaced.
func TestAFactorThatCannotBeOpenedRefusesItsLineAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	key := w.migrator()
	for _, id := range []string{"ada", "ben", "kim", "eve"} {
		w.put(id, domain.RoleMember)
	}
	w.importsFactors(w.svc, key, w.app("ada", "there").line(1), w.app("ben", "there").line(2), w.app("kim", "there").line(3))
	ada, ben := w.snapshot("ada").Clone(), w.snapshot("ben").Clone()
	ada.Factors[0].TOTP.Secret = w.snapshot("kim").Factors[0].TOTP.Secret
	ben.Factors[0].TOTP.Digits = 7
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &ada}})[0])
	w.ok(w.store.Commit(w.ctx, []domain.Change{{TenantID: tenantName, User: &ben}})[0])
	lines := []migration.FactorLine{w.app("ada", "other").line(1), w.app("ben", "other").line(2), w.app("eve", "there").line(3)}
	lines[0].Replace, lines[1].Replace = true, true
	causes := map[int]error{}
	sum, err := w.svc.ImportFactors(w.ctx, key, migration.FactorImportInput{
		Lines: factorLines(lines...), Refused: func(l migration.FactorLine) { causes[l.Number] = l.Refusal },
	})
	if err != nil || sum.Created != 1 || sum.Failed != 2 {
		t.Fatalf("counted %+v, %v", sum, err)
	}
	for n, id := range map[int]string{1: ada.Factors[0].ID, 2: ben.Factors[0].ID} {
		if cause := errors.Unwrap(causes[n]); codeOf(causes[n]) != domain.CodeUnavailable || cause == nil || !strings.Contains(cause.Error(), id) {
			t.Errorf("line %d: %v (%v), want the factor %s named", n, causes[n], cause, id)
		}
	}
}
