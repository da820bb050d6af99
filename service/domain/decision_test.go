package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheDecisionFollowsFromUserPolicyAndTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	active := []Factor{{ID: "f", Type: FactorTOTP, State: FactorActive}}
	mandatory := Policy{Mandatory: true, MandatorySince: now.Add(-time.Hour)}
	graceful := Policy{Mandatory: true, MandatorySince: now.Add(-time.Hour), GracePeriod: 2 * time.Hour}
	local := Profile{AuthSource: AuthLocal, Active: true}
	for name, tc := range map[string]struct {
		user     User
		policy   Policy
		decision Verdict
		reason   string
		enrollBy time.Time
	}{
		"optional, not enrolled":       {User{Profile: local}, Policy{}, DecisionAllow, "not_enrolled", time.Time{}},
		"optional, enrolled":           {User{Profile: local, SecondFactor: SecondFactor{Factors: active}}, Policy{}, DecisionChallenge, "enrolled", time.Time{}},
		"pending counts for nothing":   {User{Profile: local, SecondFactor: SecondFactor{Factors: []Factor{{State: FactorPending}}}}, Policy{}, DecisionAllow, "not_enrolled", time.Time{}},
		"mandatory, not enrolled":      {User{Profile: local}, mandatory, DecisionEnroll, "mandatory", now.Add(-time.Hour)},
		"mandatory, enrolled":          {User{Profile: local, SecondFactor: SecondFactor{Factors: active, EverEnrolled: true}}, mandatory, DecisionChallenge, "enrolled", time.Time{}},
		"in the grace period":          {User{Profile: local}, graceful, DecisionAllow, "grace_period", now.Add(time.Hour)},
		"new since the mandate":        {User{Profile: local, CreatedAt: now}, graceful, DecisionAllow, "grace_period", now.Add(2 * time.Hour)},
		"grace is not granted twice":   {User{Profile: local, SecondFactor: SecondFactor{EverEnrolled: true}}, graceful, DecisionEnroll, "mandatory", now.Add(-time.Hour)},
		"after the break-glass":        {User{Profile: local, SecondFactor: SecondFactor{MustEnroll: true}}, Policy{}, DecisionEnroll, "reset", time.Time{}},
		"ldap under a mandate":         {User{Profile: Profile{AuthSource: AuthLDAP, Active: true}}, mandatory, DecisionAllow, "exempt", time.Time{}},
		"saml with suspended factors":  {User{Profile: Profile{AuthSource: AuthSAML, Active: true}, SecondFactor: SecondFactor{Factors: active}}, mandatory, DecisionAllow, "exempt", time.Time{}},
		"inactive, enrolled":           {User{Profile: Profile{AuthSource: AuthLocal}, SecondFactor: SecondFactor{Factors: active}}, mandatory, DecisionDeny, "inactive", time.Time{}},
		"inactive, of another source":  {User{Profile: Profile{AuthSource: AuthLDAP}}, Policy{}, DecisionDeny, "inactive", time.Time{}},
		"on the minute the grace ends": {User{Profile: local}, Policy{Mandatory: true, MandatorySince: now.Add(-time.Hour), GracePeriod: time.Hour}, DecisionEnroll, "mandatory", now},
	} {
		got := Decide(tc.user, Tenant{Policy: tc.policy}, now)
		if got.Decision != tc.decision || got.Reason != tc.reason || !got.EnrollBy.Equal(tc.enrollBy) {
			t.Errorf("%s: %s, %s, by %s", name, got.Decision, got.Reason, got.EnrollBy)
		}
	}
}

func TestTheMethodsAreThoseOfTheActiveFactors(t *testing.T) {
	t.Parallel()
	active := func(kind FactorType) Factor { return Factor{Type: kind, State: FactorActive} }
	for name, tc := range map[string]struct {
		factors   []Factor
		remaining int
		want      []Method
	}{
		"an app":                       {[]Factor{active(FactorTOTP)}, 0, []Method{MethodTOTP}},
		"two apps, and codes":          {[]Factor{active(FactorTOTP), active(FactorTOTP)}, 8, []Method{MethodTOTP, MethodRecoveryCode}},
		"a kind of a later version":    {[]Factor{active("badge")}, 1, []Method{MethodRecoveryCode}},
		"one beside an app":            {[]Factor{active("badge"), active(FactorTOTP)}, 0, []Method{MethodTOTP}},
		"an app that is pending alone": {[]Factor{active("badge"), {Type: FactorTOTP, State: FactorPending}}, 0, []Method{}},
		"a passkey of another rp id":   {[]Factor{{Type: FactorPasskey, State: FactorActive, Passkey: Passkey{RPID: "former.example"}}}, 0, []Method{}},
		"the one used last first": {[]Factor{
			{Type: FactorTOTP, State: FactorActive, LastUsedAt: time.Unix(1, 0)}, {Type: FactorPasskey, State: FactorActive, LastUsedAt: time.Unix(2, 0), Passkey: Passkey{RPID: "acme.example"}},
		}, 1, []Method{MethodPasskey, MethodTOTP, MethodRecoveryCode}},
	} {
		u := User{
			Profile:      Profile{AuthSource: AuthLocal, Active: true},
			SecondFactor: SecondFactor{Factors: tc.factors, RecoveryCodes: RecoveryCodeCount{Remaining: tc.remaining}},
		}
		if diff := cmp.Diff(tc.want, Decide(u, Tenant{RPID: "acme.example"}, time.Time{}).Methods); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhoHasToEnrollIsOfferedPasskeysWhereTheyAreConfigured(t *testing.T) {
	t.Parallel()
	u := User{Profile: Profile{AuthSource: AuthLocal, Active: true}}
	pages := []string{"https://acme.example"}
	for name, tc := range map[string]struct {
		tenant Tenant
		want   []Method
	}{
		"neither an rp id nor a page": {Tenant{}, []Method{MethodTOTP}},
		"no rp id":                    {Tenant{Origins: pages}, []Method{MethodTOTP}},
		"no page":                     {Tenant{RPID: "acme.example"}, []Method{MethodTOTP}},
		"both":                        {Tenant{RPID: "acme.example", Origins: pages}, []Method{MethodTOTP, MethodPasskey}},
	} {
		tc.tenant.Policy = Policy{Mandatory: true, MandatorySince: time.Unix(1, 0)}
		if diff := cmp.Diff(tc.want, Decide(u, tc.tenant, time.Unix(2, 0)).Methods); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheWaitDoublesFromTheFifthFailureUpToAnHour(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	var lane Lane
	var waits []time.Duration
	for range hardCap {
		lane.Fail(now)
		waits = append(waits, lane.Wait(now))
	}
	want := []time.Duration{0, 0, 0, 0, 30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute}
	for len(want) < hardCap {
		want = append(want, time.Hour)
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Error(diff)
	}
	if !lane.Closed() {
		t.Error("twenty failures leave the lane open")
	}
	if got := lane.Wait(now.Add(-24 * time.Hour)); got != time.Hour {
		t.Errorf("with the clock set back the wait is %s, longer than it was meant to be", got)
	}
}

func TestEveryOperationIsInTheMatrixAndEveryServiceKeyHasAScopeForIt(t *testing.T) {
	t.Parallel()
	for op, p := range Permissions {
		if len(p.ForKeys()) == 0 && !p.operator {
			t.Errorf("%s: no service key may ask for it", op)
		}
		if p.operator && (len(p.ForKeys())+len(p.Own) > 0 || p.Others != "") {
			t.Errorf("%s: it is for operators, and for credentials of a tenant too", op)
		}
	}
	if _, ok := Permissions["unknown"]; ok {
		t.Error("an unknown operation is somebody's")
	}
	for _, op := range []Operation{OpPutUser, OpDeleteUser} {
		if (ServiceKey{Scopes: []Scope{ScopeLogin}}).Has(Permissions[op].scopes...) {
			t.Errorf("%s: the key in the login path may appoint admins", op)
		}
	}
}

// Whoever counts them begins at zero with each.

func TestEveryVerdictIsListed(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	given := map[string]bool{}
	for n := range 1 << 5 {
		is := func(bit int) bool { return n>>bit&1 == 1 }
		u, p := User{Profile: Profile{AuthSource: "ldap", Active: is(0)}}, Policy{Mandatory: is(3), MandatorySince: now}
		u.MustEnroll = is(2)
		if is(1) {
			u.AuthSource = AuthLocal
		}
		if is(4) {
			p.GracePeriod = time.Hour
		}
		for _, factors := range [][]Factor{nil, {{ID: "f", Type: FactorTOTP, State: FactorActive}}} {
			u.Factors = factors
			d := Decide(u, Tenant{Policy: p}, now)
			given[string(d.Decision)+" "+d.Reason] = true
			d = d.Remembered(nil)
			given[string(d.Decision)+" "+d.Reason] = true
		}
	}
	listed := map[string]bool{}
	for verdict, reasons := range DecisionReasons() {
		for _, reason := range reasons {
			listed[string(verdict)+" "+reason] = true
		}
	}
	if diff := cmp.Diff(given, listed); diff != "" {
		t.Errorf("listed (-given +listed):\n%s", diff)
	}
}
