package totp_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
	"github.com/countersign/countersign/service/totp"
)

// box writes before a secret what it was sealed for, and counts.
type box struct{ sealed, opened int }

var errOfAnother = errors.New("sealed for another")

func (b *box) Seal(purpose seal.Purpose, item string, secret []byte) ([]byte, error) {
	b.sealed++
	return append([]byte(string(purpose)+item), secret...), nil
}

func (b *box) Open(purpose seal.Purpose, item string, sealed []byte) ([]byte, error) {
	b.opened++
	head := string(purpose) + item
	if len(sealed) < len(head) || string(sealed[:len(head)]) != head {
		return nil, errOfAnother
	}
	return sealed[len(head):], nil
}

func round(b *box) factor.Round {
	return factor.Round{
		Tenant: domain.Tenant{ID: "acme"}, User: domain.User{ID: "ada", Profile: domain.Profile{Username: "ada"}},
		Now: standard.Start(now), Secrets: b,
	}
}

func TestASecretIsSealedOnceAndShownFromMemory(t *testing.T) {
	t.Parallel()
	b := &box{}
	f := domain.Factor{ID: "fct_1", Type: domain.FactorTOTP}
	begun, err := totp.Kind{}.Begin(round(b), &f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(box{sealed: 1}, *b, cmp.AllowUnexported(box{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, err := totp.Kind{}.Show(round(b), f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(begun, again); diff != "" || begun.Secret == "" || begun.URI == "" {
		t.Errorf("shown again (-first +then):\n%s", diff)
	}
}

func TestASecretOfAnotherFactorIsNoWrongCode(t *testing.T) {
	t.Parallel()
	b := &box{}
	f := domain.Factor{ID: "fct_1", Type: domain.FactorTOTP}
	if _, err := (totp.Kind{}).Begin(round(b), &f); err != nil {
		t.Fatal(err)
	}
	f.ID = "fct_2"
	if _, err := (totp.Kind{}).Judge(t.Context(), round(b), f, totp.CodeClaim{}); !errors.Is(err, errOfAnother) {
		t.Errorf("judged: %v", err)
	}
}

type claimOfAnother struct{ totp.CodeClaim }

func TestOnlyClaimsOfTheKindAreJudged(t *testing.T) {
	t.Parallel()
	b := &box{}
	f := domain.Factor{ID: "fct_1", Type: domain.FactorTOTP}
	if _, err := (totp.Kind{}).Begin(round(b), &f); err != nil {
		t.Fatal(err)
	}
	if _, err := (totp.Kind{}).Judge(t.Context(), round(b), f, claimOfAnother{}); err == nil {
		t.Error("a claim that the kind does not know was judged")
	}
}

func TestAProvenCodeIsSpentAndIsAnOTP(t *testing.T) {
	t.Parallel()
	b := &box{}
	f := domain.Factor{ID: "fct_1", Type: domain.FactorTOTP}
	begun, err := totp.Kind{}.Begin(round(b), &f)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := totp.Kind{}.Codes(round(b), f)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.ParseCode(codes.Code)
	if err != nil {
		t.Fatal(err)
	}
	judge := func() factor.Verdict {
		t.Helper()
		v, err := totp.Kind{}.Judge(t.Context(), round(b), f, totp.CodeClaim{Code: code})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	right := judge()
	if diff := cmp.Diff([]string{"otp"}, right.AMR); diff != "" || !right.Proven || right.Untimely || f.TOTP.LastStep != 0 {
		t.Errorf("judged %+v of %q: %s", right, begun.URI, diff)
	}
	right.Spend(&f)
	if f.TOTP.LastStep != int64(now) {
		t.Errorf("spent step %d, want %d", f.TOTP.LastStep, now)
	}
	if again := judge(); again.Proven || again.Why != factor.AlreadyUsed {
		t.Errorf("sent again: %+v", again)
	}
}
