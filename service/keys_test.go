package service_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/token"
)

func TestACompromisedKeyIsWithdrawnWithAllItSigned(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d := w.enroll("ada", domain.RoleMember)
		earned := d.stepUp()
		issued, err := w.svc.IssueTicket(w.ctx, w.key, token.TicketInput{UserID: "ada", Purpose: domain.PurposeLogin})
		w.ok(err)
		before := keyIDs(w.T, w.svc.JWKS(w.ctx, false))
		w.ok(keys.Rotate(w.ctx, w.store, w.sealer, w.clock.Now(), true))
		rotated := w.replica()
		kept := 0
		for id := range keyIDs(w.T, rotated.JWKS(w.ctx, false)) {
			if before[id] {
				kept++
			}
		}
		if kept != 1 {
			w.Errorf("%d of the published keys are left, want the next one alone", kept)
		}
		_, err = rotated.ConsumeToken(w.ctx, w.key, earned)
		wantCode(w.T, err, domain.CodeTokenInvalid)
		_, err = rotated.Authenticate(w.ctx, issued.Text)
		wantCode(w.T, err, domain.CodeCredentialInvalid)
		w.clock.advance(30 * time.Second)
		w.ok(d.verify(rotated, d.code(0)))
	})
}

func TestARetiredKeyIsGoneAfterADayWithoutAnotherRotation(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.ok(keys.Rotate(w.ctx, w.store, w.sealer, w.clock.Now(), false))
	during := len(keyIDs(t, w.replica().JWKS(w.ctx, false)))
	w.clock.advance(25 * time.Hour)
	after := len(keyIDs(t, w.replica().JWKS(w.ctx, false)))
	if during != 3 || after != 2 {
		t.Errorf("%d keys during the overlap and %d after, want 3 and 2", during, after)
	}
}

func TestTheTicketsOfARevokedKeyEndWithIt(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.put("ada", domain.RoleMember)
	key, text, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, domain.ServiceKeyInput{Name: "stolen"})
	w.ok(err)
	thief, err := w.svc.Authenticate(w.ctx, text)
	w.ok(err)
	issued, err := w.svc.IssueTicket(w.ctx, thief, token.TicketInput{UserID: "ada", Purpose: domain.PurposeAccount})
	w.ok(err)
	_, err = w.svc.Authenticate(w.ctx, issued.Text)
	w.ok(err)
	w.ok(w.svc.RevokeServiceKey(w.ctx, domain.Operator{}, tenantName, key.ID))
	_, err = w.replica().Authenticate(w.ctx, issued.Text)
	wantCode(t, err, domain.CodeCredentialInvalid)
}

func TestTheNameOfAKeyFitsOnALine(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	for _, name := range []string{"a\nb", "a\x1b[2Jb", string(make([]byte, 65))} {
		_, _, err := w.svc.CreateServiceKey(w.ctx, domain.Operator{}, tenantName, domain.ServiceKeyInput{Name: name})
		wantCode(t, err, domain.CodeInvalidRequest)
	}
}
