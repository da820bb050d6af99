package stepup_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/clients/go/stepup"
)

func TestATokenIsForOneUserOneSessionAndOnePurpose(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	bare := object{"session_id": nil, "nonce": nil, "action": nil}
	for name, test := range map[string]struct {
		changes object
		want    stepup.Expect
		good    bool
	}{
		"as expected":                       {nil, want, true},
		"of another user":                   {object{"sub": "u2"}, want, false},
		"of a user with a longer id":        {object{"sub": "u11"}, want, false},
		"of a user in capitals":             {object{"sub": "U1"}, want, false},
		"nobody is expected":                {nil, stepup.Expect{SessionID: "s1", Nonce: "n1", Action: "export"}, false},
		"nothing is expected":               {bare, stepup.Expect{}, false},
		"of another session":                {object{"session_id": "s2"}, want, false},
		"of no session":                     {object{"session_id": nil}, want, false},
		"with another nonce":                {object{"nonce": "n2"}, want, false},
		"without the nonce":                 {object{"nonce": nil}, want, false},
		"for another action":                {object{"action": "delete"}, want, false},
		"for no action":                     {object{"action": nil}, want, false},
		"a session that is not expected":    {nil, stepup.Expect{UserID: "u1", Nonce: "n1", Action: "export"}, false},
		"a nonce that is not expected":      {nil, stepup.Expect{UserID: "u1", SessionID: "s1", Action: "export"}, false},
		"an action that is not expected":    {nil, stepup.Expect{UserID: "u1", SessionID: "s1", Nonce: "n1"}, false},
		"bare, as expected":                 {bare, stepup.Expect{UserID: "u1"}, true},
		"a recovery code, unless named":     {object{"acr": stepup.ACRRecovery, "method": "recovery_code", "amr": []string{"pwd", "mfa"}}, want, false},
		"a code without a first factor":     {object{"acr": stepup.ACRSecondFactor, "amr": []string{"otp"}}, want, false},
		"proven just before it was signed":  {object{"auth_time": start.Unix() - 299}, want, true},
		"proven at the age that is allowed": {object{"auth_time": start.Unix() - 300}, want, true},
		"proven long before it was signed":  {object{"auth_time": start.Unix() - 301}, want, false},
	} {
		_, err := check(t, v, key.token(t, test.changes), test.want)
		if test.good && err != nil || !test.good && !errors.Is(err, stepup.ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARecoveryCodeServesWhereItIsNamed(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	login := want
	login.ACR = []string{stepup.ACRTwoFactors, stepup.ACRRecovery}
	token := key.token(t, object{"acr": stepup.ACRRecovery, "method": "recovery_code", "amr": []string{}})
	if _, err := check(t, v, token, login); err != nil {
		t.Error(err)
	}
}

// A passkey is more than a code, and nothing else is a passkey.
func TestAPasskeyServesWhereACodeDoesAndNotTheOtherWayRound(t *testing.T) {
	t.Parallel()
	key := p256(t)
	v := publish(t, key).verifier(t, newClock())
	passkey := object{"acr": stepup.ACRPhishingResistant, "method": "passkey", "amr": []string{"pwd", "pop", "mfa"}}
	recovery := object{"acr": stepup.ACRRecovery, "method": "recovery_code", "amr": []string{}}
	for name, test := range map[string]struct {
		changes object
		acr     []string
		good    bool
	}{
		"a passkey, unless said otherwise": {passkey, nil, true},
		"a passkey where a code will do":   {passkey, []string{stepup.ACRTwoFactors, stepup.ACRRecovery}, true},
		"a passkey where one is asked for": {passkey, []string{stepup.ACRPhishingResistant}, true},
		"a passkey for a recovery code":    {passkey, []string{stepup.ACRRecovery}, false},
		"a passkey for a code alone":       {passkey, []string{stepup.ACRSecondFactor}, false},
		"a code for a passkey":             {nil, []string{stepup.ACRPhishingResistant}, false},
		"a recovery code for a passkey":    {recovery, []string{stepup.ACRPhishingResistant}, false},
		"a code where either is named":     {nil, []string{stepup.ACRPhishingResistant, stepup.ACRTwoFactors}, true},
	} {
		asked := want
		asked.ACR = test.acr
		_, err := check(t, v, key.token(t, test.changes), asked)
		if test.good && err != nil || !test.good && !errors.Is(err, stepup.ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimesOfAToken(t *testing.T) {
	t.Parallel()
	key := p256(t)
	p := publish(t, key)
	token := key.token(t, nil)
	young := want
	young.MaxAge = time.Minute
	for name, test := range map[string]struct {
		after time.Duration
		want  stepup.Expect
		good  bool
	}{
		"at once":                       {0, want, true},
		"on a slower clock":             {-stepup.Leeway, want, true},
		"on a much slower clock":        {-stepup.Leeway - time.Second, want, false},
		"in its last second":            {300*time.Second - time.Nanosecond, want, true},
		"when it expires, no leeway":    {300 * time.Second, want, false},
		"later":                         {time.Hour, want, false},
		"as young as it must be":        {time.Minute, young, true},
		"a moment older than it may be": {time.Minute + time.Nanosecond, young, false},
	} {
		clock := newClock()
		clock.advance(test.after)
		if _, err := check(t, p.verifier(t, clock), token, test.want); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustJSON(tb testing.TB, value any) string {
	tb.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
