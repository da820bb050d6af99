package service_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/totp"
)

// signer is a kind of two phases as passkeys are: options go out, and a device signs what is in them. They are
// good once, by a sequence that is sealed in them and of which the last one spent is kept.
type signer struct{}

const (
	signerType    = domain.FactorType("signer")
	signerPurpose = "signer-state"
)

// signed answers options; a forged one was signed by another device.
type signed struct {
	options json.RawMessage
	forged  bool
}

func (signed) Type() domain.FactorType { return signerType }
func (signed) Charges() bool           { return false }
func (signed) Refusal() *domain.Error  { return domain.ErrCodeInvalid }

func (signer) Type() domain.FactorType        { return signerType }
func (signer) Configured(domain.Tenant) error { return nil }

func (k signer) Begin(r factor.Round, f *domain.Factor) (factor.Shown, error) {
	f.Unknown = []byte("0")
	return k.Show(r, *f)
}

func (signer) Show(r factor.Round, f domain.Factor) (factor.Shown, error) {
	options, err := optionsAfter(r, lastSigned(f))
	return factor.Shown{Options: options.Request}, err
}

func (signer) Options(r factor.Round) (factor.Options, error) {
	var last int64
	for _, f := range r.User.ActiveFactors() {
		if f.Type == signerType {
			last = max(last, lastSigned(f))
		}
	}
	return optionsAfter(r, last)
}

func optionsAfter(r factor.Round, last int64) (factor.Options, error) {
	sequence := max(r.Now.UnixMilli(), last+1)
	state, err := r.Secrets.Seal(signerPurpose, "", strconv.AppendInt(nil, sequence, 10))
	if err != nil {
		return factor.Options{}, err
	}
	text, err := json.Marshal(state)
	return factor.Options{Request: text}, err
}

func (signer) Judge(_ context.Context, r factor.Round, f domain.Factor, c factor.Claim) (factor.Verdict, error) {
	claim := c.(signed)
	var state []byte
	if err := json.Unmarshal(claim.options, &state); err != nil {
		return factor.Verdict{}, err
	}
	text, err := r.Secrets.Open(signerPurpose, "", state)
	if err != nil {
		return factor.Verdict{}, err
	}
	sequence, err := strconv.ParseInt(string(text), 10, 64)
	switch {
	case err != nil:
		return factor.Verdict{}, err
	case claim.forged:
		return factor.Verdict{Why: factor.Wrong}, nil
	case sequence <= lastSigned(f):
		return factor.Verdict{Why: factor.AlreadyUsed}, nil
	}
	return factor.Verdict{
		Proven: true, AMR: []string{"pop"}, ACR: "phr",
		Spend: func(f *domain.Factor) { f.Unknown = strconv.AppendInt(nil, sequence, 10) },
	}, nil
}

func (signer) Describe(domain.Factor) any { return "a signer" }

func lastSigned(f domain.Factor) int64 {
	last, err := strconv.ParseInt(string(f.Unknown), 10, 64)
	if err != nil {
		return 0
	}
	return last
}

// signing is a replica that knows the kind.
func (w *world) signing() *service.Service {
	return w.replica(totp.Kind{}, signer{})
}

func (w *world) options(s *service.Service) json.RawMessage {
	w.Helper()
	options, err := s.Options(w.ctx, w.key, "ada", signerType)
	w.ok(err)
	return options.Request
}

// addSigner gives ada one beside her app.
func (d *device) addSigner(s *service.Service) {
	d.w.Helper()
	begun, err := s.BeginEnrollment(d.w.ctx, d.w.key, service.EnrollInput{UserID: d.userID, Type: signerType, StepUp: d.stepUp()})
	d.w.ok(err)
	_, err = s.ConfirmBy(d.w.ctx, d.w.key, d.userID, begun.Factor.ID, signed{options: begun.Options})
	d.w.ok(err)
	d.w.clock.advance(time.Minute)
}

func TestAKindOfTwoPhasesIsProvenOnTheOneWay(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(w *world) {
		d, svc := w.enroll("ada", domain.RoleMember), w.signing()
		d.addSigner(svc)
		claim := signed{options: w.options(svc)}
		proven, err := svc.Prove(w.ctx, w.key, "ada", claim)
		w.ok(err)
		got := []any{proven.Method, proven.Claims.ACR, proven.Claims.AMR, proven.Unsigned}
		if diff := cmp.Diff([]any{domain.Method(signerType), "phr", []string{"pop"}, false}, got); diff != "" {
			t.Errorf("proven (-want +got):\n%s", diff)
		}
		_, err = svc.Prove(w.ctx, w.key, "ada", claim)
		wantCode(w.T, err, domain.CodeCodeInvalid)
		w.ok(d.verify(svc, d.code(0)))

		replicas := []*service.Service{svc, w.signing(), w.signing()}
		next := signed{options: w.options(svc)}
		tally := race(24, func(i int) error {
			_, err := replicas[i%len(replicas)].Prove(w.ctx, w.key, "ada", next)
			return err
		})
		if tally[""] != 1 || tally[domain.CodeCodeInvalid] != 23 {
			t.Errorf("24 sends of one claim: %v", tally)
		}
	})
}

func TestAWrongClaimThatIsNoGuessChargesNoLane(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d, svc := w.enroll("ada", domain.RoleMember), w.signing()
	d.addSigner(svc)
	before, events := w.snapshot("ada"), len(w.events("ada"))
	for range 30 {
		_, err := svc.Prove(w.ctx, w.key, "ada", signed{options: w.options(svc), forged: true})
		wantCode(t, err, domain.CodeCodeInvalid)
	}
	if diff := cmp.Diff(before, w.snapshot("ada")); diff != "" {
		t.Errorf("wrong claims changed the user (-before +after):\n%s", diff)
	}
	trail := w.events("ada")
	if len(trail) != events+1 || trail[0].Action != domain.ActionVerification || trail[0].Outcome != domain.OutcomeRefused {
		t.Errorf("30 refusals left %d events, the last %+v", len(trail)-events, trail[0])
	}

	for range 5 {
		wantCode(t, d.verify(svc, d.wrong()), domain.CodeCodeInvalid)
	}
	wantCode(t, d.verify(svc, d.code(0)), domain.CodeTooManyAttempts)
	_, err := svc.Prove(w.ctx, w.key, "ada", signed{options: w.options(svc)})
	w.ok(err)
	w.ok(d.verify(svc, d.code(0)))
}

// What a replica remembers may be older than the device.
func TestAClaimIsRefusedByWhatIsStoredAlone(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	d, elsewhere := w.enroll("ada", domain.RoleMember), w.signing()
	w.ok(d.verify(elsewhere, d.code(0)))
	svc := w.signing()
	d.addSigner(svc)
	events := len(w.events("ada"))
	proven, err := elsewhere.Prove(w.ctx, w.key, "ada", signed{options: w.options(svc)})
	w.ok(err)
	if proven.FactorID == "" || len(w.events("ada")) != events+1 {
		t.Errorf("%d events of one proof by %q", len(w.events("ada"))-events, proven.FactorID)
	}
}
