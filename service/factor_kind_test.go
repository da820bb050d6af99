package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// besideBadge puts a factor of a kind that only a later version knows before the user's own.
func (d *device) besideBadge(state domain.FactorState) domain.Factor {
	d.w.Helper()
	u := d.w.snapshot(d.userID)
	badge := domain.Factor{
		ID: "fct_badge", Type: "badge", Name: "Badge", State: state, CreatedAt: d.w.clock.Now(),
		Unknown: []byte(`{"credential_id":"AQID","public_key":"BAUG"}`),
	}
	if state == domain.FactorPending {
		badge.Pending = domain.PendingFactor{ExpiresAt: d.w.clock.Now().Add(domain.EnrollmentLifetime), BegunBy: d.w.key.Starter()}
	}
	u.Factors = append([]domain.Factor{badge}, u.Factors...)
	d.w.ok(d.w.store.Commit(d.w.ctx, []domain.Change{{TenantID: tenantName, User: &u}})[0])
	return badge
}

func TestAFactorOfALaterVersionStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		badge := d.besideBadge(domain.FactorActive)
		svc := w.replica()

		if got := codeOf(d.verify(svc, d.wrong())); got != domain.CodeCodeInvalid {
			t.Errorf("a wrong code answers %q", got)
		}
		w.ok(d.verify(svc, d.code(0)))
		w.clock.advance(2 * time.Minute)
		_, err := svc.Resync(w.ctx, w.key, d.pair(d.code(-1), d.code(0)))
		w.ok(err)
		_, err = svc.Resync(w.ctx, w.key, service.PairInput{UserID: "ada", FactorID: badge.ID, Codes: []string{d.code(0), d.code(1)}})
		wantCode(w.T, err, domain.CodeNotFound)

		listed, err := svc.ListFactors(w.ctx, w.key, "ada")
		w.ok(err)
		if len(listed.Factors) != 2 || listed.Factors[0].ID != badge.ID || listed.Factors[0].Description != nil || listed.Factors[1].Description == nil {
			t.Errorf("listed %+v", listed)
		}
		if diff := cmp.Diff([]domain.Method{domain.MethodTOTP, domain.MethodRecoveryCode}, w.decision("ada").Methods); diff != "" {
			t.Errorf("methods (-want +got):\n%s", diff)
		}

		w.ok(d.recover(svc, d.codes[0]))
		second := w.begin(service.EnrollInput{UserID: "ada", StepUp: d.stepUp()}).confirm()
		w.ok(second.verify(svc, second.code(0)))
		if diff := cmp.Diff(badge, w.snapshot("ada").Factors[0]); diff != "" {
			t.Errorf("after all that (-want +got):\n%s", diff)
		}
		second.w.clock.advance(2 * time.Minute)
		w.ok(svc.Disable(w.ctx, w.key, service.DisableInput{UserID: "ada", Proof: proof.Input{Code: d.code(0)}}))
		if left := w.snapshot("ada").Factors; len(left) != 0 {
			t.Errorf("%d factors are left", len(left))
		}
	})
}

func TestAPendingFactorOfALaterVersionIsNeitherShownNorConfirmed(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	d := &device{w: w, userID: "ada"}
	badge := d.besideBadge(domain.FactorPending)
	svc := w.replica()
	_, err := svc.PendingEnrollment(w.ctx, w.key, "ada", badge.ID)
	wantCode(t, err, domain.CodeNotFound)
	_, err = svc.Confirm(w.ctx, w.key, service.ConfirmInput{UserID: "ada", FactorID: badge.ID, Codes: []string{"123456", "654321"}})
	wantCode(t, err, domain.CodeInvalidRequest)
	if own := w.begin(service.EnrollInput{UserID: "ada"}).confirm(); own.factorID == badge.ID {
		t.Error("an app goes on with the enrollment of another kind")
	}
	_, err = svc.BeginEnrollment(w.ctx, w.key, service.EnrollInput{UserID: "ada", Type: "badge"})
	wantCode(t, err, domain.CodeInvalidRequest)
}
