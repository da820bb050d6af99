package passkey

import (
	"testing"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/totp"
)

// What it costs to evaluate a passkey, beside a code in the same run.
func BenchmarkAProof(b *testing.B) {
	p := newParty(b)
	p.register()
	claim := p.claim()
	b.Run("passkey", func(b *testing.B) {
		for b.Loop() {
			if verdict, err := (Kind{}).Judge(b.Context(), p.round, p.round.User.Factors[0], claim); err != nil || !verdict.Proven {
				b.Fatalf("%+v, %v", verdict, err)
			}
		}
	})
	b.Run("options", func(b *testing.B) {
		for b.Loop() {
			if _, err := (Kind{}).Options(p.round); err != nil {
				b.Fatal(err)
			}
		}
	})
	app := domain.Factor{ID: "fct_2", Type: domain.FactorTOTP}
	if _, err := (totp.Kind{}).Begin(p.round, &app); err != nil {
		b.Fatal(err)
	}
	codes, err := totp.Kind{}.Codes(p.round, app)
	if err != nil {
		b.Fatal(err)
	}
	code, err := totp.ParseCode(codes.Code)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("code", func(b *testing.B) {
		for b.Loop() {
			if verdict, err := (totp.Kind{}).Judge(b.Context(), p.round, app, totp.CodeClaim{Code: code}); err != nil || !verdict.Proven {
				b.Fatalf("%+v, %v", verdict, err)
			}
		}
	})
}
