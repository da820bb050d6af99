package proof

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/access"
)

func TestAssuranceStatesOnlyWhatWasProven(t *testing.T) {
	t.Parallel()
	code, recovery := evidence{amr: []string{"otp"}, acr: access.ACRSecondFactor}, evidence{acr: access.ACRRecovery}
	passkey := evidence{amr: []string{"pop"}, acr: "phr"}
	for name, tc := range map[string]struct {
		found evidence
		first []string
		amr   []string
		acr   string
	}{
		"code":                                {code, nil, []string{"otp"}, access.ACRSecondFactor},
		"code after a password":               {code, []string{"pwd"}, []string{"pwd", "otp", "mfa"}, access.ACRTwoFactors},
		"recovery code":                       {recovery, nil, []string{}, access.ACRRecovery},
		"recovery code after a password":      {recovery, []string{"pwd"}, []string{"pwd", "mfa"}, access.ACRRecovery},
		"an acr of its own, after a password": {passkey, []string{"pwd"}, []string{"pwd", "pop", "mfa"}, "phr"},
		"code after a smart card and pin":     {code, []string{"sc", "pin"}, []string{"sc", "pin", "otp", "mfa"}, access.ACRTwoFactors},
	} {
		amr, acr := assurance(tc.found, tc.first)
		if diff := cmp.Diff(tc.amr, amr); diff != "" || acr != tc.acr {
			t.Errorf("%s: %s %s", name, acr, diff)
		}
	}
}
