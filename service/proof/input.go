package proof

import (
	"encoding/json"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/passkey"
	"github.com/countersign/countersign/service/totp"
)

// Input is what a caller sends to prove a second factor: exactly one of its fields.
type Input struct {
	Code         string
	RecoveryCode string
	AccessPass   string
	Passkey      *Assertion
}

// Assertion is what a browser made of the options that came with the state.
type Assertion struct {
	State      string
	Credential json.RawMessage
}

// Given reports whether a proof was sent at all.
func (in Input) Given() bool { return in.given() > 0 }

func (in Input) given() (n int) {
	for _, sent := range []bool{in.Code != "", in.RecoveryCode != "", in.AccessPass != "", in.Passkey != nil} {
		if sent {
			n++
		}
	}
	return n
}

// Parse refuses anything but one well-formed proof, before any state is touched.
func (in Input) Parse() (Proof, error) {
	switch {
	case in.given() != 1:
		return nil, domain.ErrInvalidRequest.WithDetail("Send exactly one of code, recovery_code, access_pass and passkey.")
	case in.Passkey != nil:
		return OfFactor(passkey.NewAssertionClaim(in.Passkey.State, in.Passkey.Credential), ""), nil
	case in.Code != "":
		code, err := parseCode(in.Code)
		return OfFactor(totp.CodeClaim{Code: code}, ""), err
	case in.AccessPass != "":
		code, err := domain.ParseAccessPassCode(in.AccessPass)
		return accessPassProof{code: code}, err
	}
	code, err := domain.ParseRecoveryCode(in.RecoveryCode)
	return recoveryCodeProof{code: code}, err
}

func parseCode(text string) (totp.Code, error) {
	code, err := totp.ParseCode(text)
	if err != nil {
		return totp.Code{}, domain.ErrInvalidRequest.WithDetail("A code is a string of six or eight ASCII digits.")
	}
	return code, nil
}

// ParseCodes refuses texts that are no codes, and codes of different lengths, which no
// one device shows.
func ParseCodes(texts []string) ([]totp.Code, error) {
	codes := make([]totp.Code, 0, len(texts))
	for _, text := range texts {
		code, err := parseCode(text)
		if err != nil {
			return nil, err
		}
		if len(codes) > 0 && code.Len() != codes[0].Len() {
			return nil, domain.ErrInvalidRequest.WithDetail("Send codes of one device: they have the same number of digits.")
		}
		codes = append(codes, code)
	}
	return codes, nil
}
