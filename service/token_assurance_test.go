package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

func TestAssuranceStatesOnlyWhatWasProven(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method domain.Method
		first  []string
		amr    []string
		acr    string
	}{
		"code":                            {domain.MethodTOTP, nil, []string{"otp"}, acrSecondFactor},
		"code after a password":           {domain.MethodTOTP, []string{"pwd"}, []string{"pwd", "otp", "mfa"}, acrTwoFactors},
		"recovery code":                   {domain.MethodRecoveryCode, nil, []string{}, acrRecovery},
		"recovery code after a password":  {domain.MethodRecoveryCode, []string{"pwd"}, []string{"pwd", "mfa"}, acrRecovery},
		"code after a smart card and pin": {domain.MethodTOTP, []string{"sc", "pin"}, []string{"sc", "pin", "otp", "mfa"}, acrTwoFactors},
	} {
		amr, acr := assurance(tc.method, tc.first)
		if diff := cmp.Diff(tc.amr, amr); diff != "" || acr != tc.acr {
			t.Errorf("%s: %s %s", name, acr, diff)
		}
	}
}
