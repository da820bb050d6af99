package domain

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	mandateNow = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	anApp      = Factor{ID: "app", Type: FactorTOTP, State: FactorActive, LastUsedAt: mandateNow}
	aPasskey   = Factor{ID: "key", Type: FactorPasskey, State: FactorActive, LastUsedAt: mandateNow, Passkey: Passkey{RPID: "acme.example"}}
)

// ago is so long before mandateNow.
func ago(d time.Duration) time.Time { return mandateNow.Add(-d) }

func TestWhatAMandateDemandsFollowsFromRoleDateMethodsAndGrace(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	of := func(change func(*Policy)) Policy {
		p := Policy{Mandatory: true, MandatorySince: ago(10 * hour), GracePeriod: 4 * hour}
		change(&p)
		return p
	}
	each, passkeys := of(func(*Policy) {}), of(func(p *Policy) { p.MandatoryMethods = MethodsPhishingResistant })
	narrowed := of(func(p *Policy) {
		p.MandatoryMethods = MethodsPhishingResistant
		p.Reached = map[Role]Reached{RoleMember: {Any: ago(10 * hour), PhishingResistant: ago(hour)}}
	})
	widened := of(func(p *Policy) { p.Reached = map[Role]Reached{RoleMember: {Any: ago(hour)}} })
	user := func(change func(*User)) User {
		u := User{Profile: Profile{Role: RoleMember, AuthSource: AuthLocal, Active: true}, CreatedAt: ago(100 * hour)}
		change(&u)
		return u
	}
	plain := user(func(*User) {})
	withApp := user(func(u *User) { u.Factors, u.EverEnrolled = []Factor{anApp}, true })
	withPasskey := user(func(u *User) { u.Factors, u.EverEnrolled = []Factor{anApp, aPasskey}, true })
	for name, tc := range map[string]struct {
		user   User
		policy Policy
		want   Demand
	}{
		"no mandate":                                 {plain, Policy{}, Demand{}},
		"grace since the mandate":                    {plain, each, Demand{Methods: MethodsAny, By: ago(6 * hour)}},
		"a role that it does not cover":              {plain, of(func(p *Policy) { p.MandatoryRoles = []Role{RoleAdmin} }), Demand{}},
		"a role that it covers":                      {plain, of(func(p *Policy) { p.MandatoryRoles = []Role{RoleMember, RoleOwner} }), Demand{Methods: MethodsAny, By: ago(6 * hour)}},
		"from a date on, and then grace":             {plain, of(func(p *Policy) { p.MandatoryFrom = mandateNow.Add(hour) }), Demand{Methods: MethodsAny, By: mandateNow.Add(5 * hour)}},
		"a date, and no grace left":                  {user(func(u *User) { u.EverEnrolled = true }), of(func(p *Policy) { p.MandatoryFrom = mandateNow.Add(hour) }), Demand{Methods: MethodsAny, By: mandateNow.Add(hour)}},
		"a date that is past":                        {plain, of(func(p *Policy) { p.MandatoryFrom = ago(20 * hour) }), Demand{Methods: MethodsAny, By: ago(6 * hour)}},
		"created since":                              {user(func(u *User) { u.CreatedAt = ago(hour) }), each, Demand{Methods: MethodsAny, By: mandateNow.Add(3 * hour)}},
		"covered later than others":                  {plain, widened, Demand{Methods: MethodsAny, By: mandateNow.Add(3 * hour)}},
		"promoted into it":                           {user(func(u *User) { u.Covered.Any = ago(2 * hour) }), each, Demand{Methods: MethodsAny, By: mandateNow.Add(2 * hour)}},
		"came back to it":                            {user(func(u *User) { u.Covered.Any = ago(10 * hour) }), widened, Demand{Methods: MethodsAny, By: ago(6 * hour)}},
		"a passkey, without anything":                {plain, narrowed, Demand{Methods: MethodsPhishingResistant, By: ago(6 * hour)}},
		"a passkey, with an app":                     {withApp, narrowed, Demand{Methods: MethodsPhishingResistant, By: mandateNow.Add(3 * hour)}},
		"a passkey, from the beginning, with an app": {withApp, passkeys, Demand{Methods: MethodsPhishingResistant, By: ago(6 * hour)}},
		"a passkey, with one":                        {withPasskey, narrowed, Demand{Methods: MethodsPhishingResistant, Met: true, By: ago(hour)}},
		"a passkey, with one of another rp id": {
			user(func(u *User) {
				u.Factors = []Factor{{Type: FactorPasskey, State: FactorActive, Passkey: Passkey{RPID: "former.example"}}}
			}), narrowed,
			Demand{Methods: MethodsPhishingResistant, By: mandateNow.Add(3 * hour)},
		},
		"a passkey, after one was removed": {user(func(u *User) { u.Factors, u.HadPasskey = []Factor{anApp}, true }), narrowed, Demand{Methods: MethodsPhishingResistant, By: ago(hour)}},
		"exempted":                         {user(func(u *User) { u.Exemption.Until = mandateNow.Add(1) }), each, Demand{}},
		"exempted, with an app":            {user(func(u *User) { u.Factors, u.Exemption.Until = []Factor{anApp}, mandateNow.Add(1) }), each, Demand{Methods: MethodsAny, Met: true, By: ago(10 * hour)}},
		"exempted, with a passkey":         {user(func(u *User) { u.Factors, u.Exemption.Until = []Factor{anApp, aPasskey}, mandateNow.Add(1) }), passkeys, Demand{Methods: MethodsPhishingResistant, Met: true, By: ago(10 * hour)}},
		"exempted, without the passkey":    {user(func(u *User) { u.Factors, u.Exemption.Until = []Factor{anApp}, mandateNow.Add(1) }), passkeys, Demand{}},
		"no longer exempted":               {user(func(u *User) { u.Exemption.Until = mandateNow }), each, Demand{Methods: MethodsAny, By: ago(6 * hour)}},
		"of another source":                {user(func(u *User) { u.AuthSource = AuthLDAP }), each, Demand{}},
		"a clock that ran ahead":           {plain, of(func(p *Policy) { p.MandatorySince = mandateNow.Add(hour) }), Demand{Methods: MethodsAny, By: mandateNow}},
	} {
		if diff := cmp.Diff(tc.want, DemandOn(tc.user, Tenant{RPID: "acme.example", Policy: tc.policy}, mandateNow)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhoHasAPasskeyIsOfferedItAloneWhereTheMandateDemandsOne(t *testing.T) {
	t.Parallel()
	policy := Policy{Mandatory: true, MandatorySince: ago(time.Hour), MandatoryMethods: MethodsPhishingResistant}
	user := User{Profile: Profile{Role: RoleMember, AuthSource: AuthLocal, Active: true}}
	user.RecoveryCodes.Remaining = 8
	type told struct {
		Decision Verdict
		Reason   string
		Methods  []Method
	}
	for name, tc := range map[string]struct {
		factors []Factor
		exempt  bool
		from    time.Time
		want    told
	}{
		"both":                     {factors: []Factor{anApp, aPasskey}, want: told{DecisionChallenge, "enrolled", []Method{MethodPasskey}}},
		"an app":                   {factors: []Factor{anApp}, want: told{DecisionEnroll, "mandatory", []Method{MethodPasskey}}},
		"nothing":                  {want: told{DecisionEnroll, "mandatory", []Method{MethodPasskey}}},
		"both, before the date":    {factors: []Factor{anApp, aPasskey}, from: mandateNow.Add(1), want: told{DecisionChallenge, "enrolled", []Method{MethodTOTP, MethodPasskey, MethodRecoveryCode}}},
		"an app, before the date":  {factors: []Factor{anApp}, from: mandateNow.Add(1), want: told{DecisionChallenge, "enrolled", []Method{MethodTOTP, MethodRecoveryCode}}},
		"nothing, before the date": {from: mandateNow.Add(1), want: told{DecisionAllow, "grace_period", []Method{}}},
		"an app, exempted":         {factors: []Factor{anApp}, exempt: true, want: told{DecisionChallenge, "enrolled", []Method{MethodTOTP, MethodRecoveryCode}}},
		"both, exempted":           {factors: []Factor{anApp, aPasskey}, exempt: true, want: told{DecisionChallenge, "enrolled", []Method{MethodPasskey}}},
		"nothing, exempted":        {exempt: true, want: told{DecisionAllow, "exempt", []Method{}}},
	} {
		u, p := user, policy
		u.Factors, p.MandatoryFrom = tc.factors, tc.from
		if tc.exempt {
			u.Exemption.Until = mandateNow.Add(time.Hour)
		}
		d := Decide(u, Tenant{RPID: "acme.example", Policy: p}, mandateNow)
		if diff := cmp.Diff(tc.want, told{d.Decision, d.Reason, d.Methods}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		offered := StatusOf(u, Tenant{RPID: "acme.example", Policy: p}, mandateNow).Methods
		if d.Decision == DecisionChallenge && !cmp.Equal(offered, d.Methods) {
			t.Errorf("%s: the list says %v, the decision %v", name, offered, d.Methods)
		}
	}
}

// aDecision is what is told of enrolling.
type aDecision struct {
	Reason   string
	EnrollBy time.Time
}

func TestANewRoleBringsNoSecondGracePeriod(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	type step struct {
		at       time.Duration // before now
		becomes  Role
		policies func(*PolicyPatch)
	}
	becomes := func(at time.Duration, r Role) step { return step{at: at, becomes: r} }
	covers := func(at time.Duration, roles ...Role) step {
		return step{at: at, policies: func(p *PolicyPatch) { p.MandatoryRoles = &roles }}
	}
	asks := func(at time.Duration, methods MandatoryMethods) step {
		return step{at: at, policies: func(p *PolicyPatch) { p.MandatoryMethods = &methods }}
	}
	mandate := func(at time.Duration, on bool) step {
		return step{at: at, policies: func(p *PolicyPatch) { p.Mandatory = &on }}
	}
	overdue := aDecision{"mandatory", ago(6 * hour)} // reached 10 hours ago
	for name, tc := range map[string]struct {
		role   Role // when the mandate of admins begins, 10 hours ago
		steps  []step
		any    aDecision
		passes aDecision // under a mandate of passkeys, of somebody with an app
	}{
		"stays":                         {RoleAdmin, nil, overdue, overdue},
		"rises into it":                 {RoleMember, []step{becomes(2*hour, RoleAdmin)}, aDecision{"grace_period", mandateNow.Add(2 * hour)}, aDecision{"enrolled", mandateNow.Add(2 * hour)}},
		"leaves, and comes back":        {RoleAdmin, []step{becomes(8*hour, RoleMember), becomes(2*hour, RoleAdmin)}, overdue, overdue},
		"rises into a role brought in":  {RoleAdmin, []step{covers(3*hour, RoleAdmin, RoleOwner), becomes(2*hour, RoleOwner)}, overdue, overdue},
		"falls to a role brought in":    {RoleAdmin, []step{covers(3 * hour), becomes(2*hour, RoleMember)}, overdue, overdue},
		"its role is no longer covered": {RoleAdmin, []step{covers(5*hour, RoleMember), becomes(2*hour, RoleMember)}, overdue, overdue},
		"its role is covered again":     {RoleAdmin, []step{covers(5*hour, RoleOwner), becomes(3*hour, RoleMember), covers(2 * hour)}, overdue, overdue},
		"a mandate of before": {RoleAdmin, []step{becomes(9*hour, RoleMember), mandate(8*hour, false), mandate(7*hour, true), becomes(1*hour, RoleAdmin)},
			aDecision{"grace_period", mandateNow.Add(3 * hour)}, aDecision{"enrolled", mandateNow.Add(3 * hour)}},
		"any factor meanwhile": {RoleAdmin, []step{asks(9*hour, MethodsAny), covers(5*hour, RoleAdmin, RoleOwner), becomes(4*hour, RoleOwner), asks(3*hour, MethodsPhishingResistant)}, aDecision{}, overdue},
	} {
		for methods, want := range map[MandatoryMethods]aDecision{MethodsAny: tc.any, MethodsPhishingResistant: tc.passes} {
			p, err := DefaultPolicy().Apply(PolicyPatch{Mandatory: new(true), MandatoryRoles: &[]Role{RoleAdmin}, MandatoryMethods: &methods, GracePeriod: new(4 * hour)}, ago(10*hour))
			if err != nil {
				t.Fatal(err)
			}
			u := User{Profile: Profile{Role: tc.role, AuthSource: AuthLocal, Active: true}, CreatedAt: ago(100 * hour)}
			if methods == MethodsPhishingResistant {
				u.Factors, u.EverEnrolled = []Factor{anApp}, true
			}
			for _, s := range tc.steps {
				if s.policies == nil {
					u.CoverRole(s.becomes, p, ago(s.at))
					u.Role = s.becomes
					continue
				}
				patch := PolicyPatch{}
				s.policies(&patch)
				if p, err = p.Apply(patch, ago(s.at)); err != nil {
					t.Fatal(err)
				}
			}
			if methods == MethodsAny && want == (aDecision{}) {
				continue // it narrows the methods
			}
			d := Decide(u, Tenant{RPID: "acme.example", Origins: []string{"https://acme.example"}, Policy: p}, mandateNow)
			if diff := cmp.Diff(want, aDecision{d.Reason, d.EnrollBy}); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, methods, diff)
			}
		}
	}
}

func TestAMandateReachesEachRoleOnce(t *testing.T) {
	t.Parallel()
	apply := func(p Policy, at time.Time, patch PolicyPatch) Policy {
		next, err := p.Apply(patch, at)
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	first := Policy{Version: 1, Mandatory: true, MandatorySince: ago(10 * time.Hour), MandatoryRoles: []Role{RoleAdmin}, MandatoryMethods: MethodsAny, Custody: CustodyViewable, EnrollmentCodes: 2, UserVerification: UserVerificationDiscouraged}
	wide := apply(first, ago(9*time.Hour), PolicyPatch{MandatoryRoles: new([]Role{})})
	narrow := apply(wide, ago(8*time.Hour), PolicyPatch{MandatoryMethods: new(MethodsPhishingResistant)})
	back := apply(apply(narrow, ago(7*time.Hour), PolicyPatch{MandatoryRoles: new([]Role{RoleOwner})}), ago(6*time.Hour), PolicyPatch{MandatoryRoles: new(AllRoles())})
	late := Reached{Any: ago(9 * time.Hour), PhishingResistant: ago(8 * time.Hour)}
	want := map[Role]Reached{RoleMember: late, RoleUserManager: late, RoleAdmin: {Any: ago(10 * time.Hour), PhishingResistant: ago(8 * time.Hour)}, RoleOwner: late}
	if diff := cmp.Diff(want, back.Reached); diff != "" {
		t.Errorf("reached (-want +got):\n%s", diff)
	}
	if back.MandatoryRoles != nil {
		t.Errorf("all roles are %v, want nil", back.MandatoryRoles)
	}
	off := apply(back, ago(time.Hour), PolicyPatch{Mandatory: new(false)})
	if len(off.Reached) > 0 || !off.MandatorySince.IsZero() {
		t.Errorf("a mandate that was lifted: %+v", off)
	}
}

func TestWhatBringsInMoreUsersOrNarrowsTheMethodsReachesMore(t *testing.T) {
	t.Parallel()
	admins := Policy{Mandatory: true, MandatoryRoles: []Role{RoleAdmin}, MandatoryMethods: MethodsAny}
	for name, tc := range map[string]struct {
		from, to Policy
		want     bool
	}{
		"turned on":          {Policy{MandatoryRoles: admins.MandatoryRoles}, admins, true},
		"turned off":         {admins, Policy{}, false},
		"the same":           {admins, admins, false},
		"a further role":     {admins, Policy{Mandatory: true, MandatoryRoles: []Role{RoleAdmin, RoleOwner}}, true},
		"everybody":          {admins, Policy{Mandatory: true}, true},
		"fewer":              {Policy{Mandatory: true}, admins, false},
		"passkeys alone":     {admins, Policy{Mandatory: true, MandatoryRoles: admins.MandatoryRoles, MandatoryMethods: MethodsPhishingResistant}, true},
		"any again":          {Policy{Mandatory: true, MandatoryMethods: MethodsPhishingResistant}, Policy{Mandatory: true}, false},
		"passkeys, not now":  {Policy{}, Policy{MandatoryMethods: MethodsPhishingResistant}, false},
		"others than before": {admins, Policy{Mandatory: true, MandatoryRoles: []Role{RoleOwner}}, true},
		"passkeys of fewer":  {Policy{Mandatory: true}, Policy{Mandatory: true, MandatoryRoles: []Role{RoleOwner}, MandatoryMethods: MethodsPhishingResistant}, true},
		"a date, or grace":   {admins, Policy{Mandatory: true, MandatoryRoles: admins.MandatoryRoles, GracePeriod: 1, MandatoryFrom: mandateNow}, false},
	} {
		if got := tc.from.ReachesMore(tc.to); got != tc.want {
			t.Errorf("%s: %t, want %t", name, got, tc.want)
		}
	}
}

func TestAMandateIsRefusedWithTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	p := DefaultPolicy()
	p.MandatoryFrom = ago(time.Hour)
	for name, tc := range map[string]struct {
		patch PolicyPatch
		field string // empty: it is taken
	}{
		"a role that does not exist": {PolicyPatch{MandatoryRoles: new([]Role{"guest"})}, "/mandatory_roles"},
		"a date in the past":         {PolicyPatch{MandatoryFrom: new(ago(time.Minute))}, "/mandatory_from"},
		"a date that stood already":  {PolicyPatch{MandatoryFrom: new(ago(time.Hour))}, ""},
		"at once":                    {PolicyPatch{MandatoryFrom: new(time.Time{})}, ""},
		"a date to come":             {PolicyPatch{MandatoryFrom: new(mandateNow.Add(time.Minute))}, ""},
		"methods that do not exist":  {PolicyPatch{MandatoryMethods: new(MandatoryMethods("sms"))}, "/mandatory_methods"},
	} {
		_, err := p.Apply(tc.patch, mandateNow)
		var refusal *Error
		if errors.As(err, &refusal) != (tc.field != "") || refusal != nil && refusal.Field != tc.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnAdminCountsByWhatTheMandateDemandsAndWasProven(t *testing.T) {
	t.Parallel()
	unproven := anApp
	unproven.LastUsedAt = time.Time{}
	former := aPasskey
	former.Passkey.RPID = "former.example"
	for name, tc := range map[string]struct {
		factors       []Factor
		any, passkeys bool
	}{
		"nothing":                   {nil, false, false},
		"an app":                    {[]Factor{anApp}, true, false},
		"an app nobody has proven":  {[]Factor{unproven}, false, false},
		"a passkey":                 {[]Factor{aPasskey, unproven}, true, true},
		"a passkey of former times": {[]Factor{former}, true, false},
	} {
		u := User{Profile: Profile{Role: RoleAdmin, AuthSource: AuthLocal, Active: true}, SecondFactor: SecondFactor{Factors: tc.factors}}
		standing, rpID := u.Standing()
		heads := Headcount{People: map[HeadGroup]int{{RoleAdmin, standing, rpID}: 1}}
		for methods, want := range map[MandatoryMethods]bool{MethodsAny: tc.any, MethodsPhishingResistant: tc.passkeys} {
			tenant := Tenant{Edition: EditionServer, RPID: "acme.example", Policy: Policy{MandatoryMethods: methods}}
			if got := IsPolicyAdmin(u, tenant); got != want {
				t.Errorf("%s, %s: %t", name, methods, got)
			}
			if got := heads.PolicyAdmins(tenant) == 1; got != want {
				t.Errorf("%s, %s: counted %t", name, methods, got)
			}
		}
	}
}
