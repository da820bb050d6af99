package domain

import (
	"flag"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A walk is had again by its seed: the file that rapid leaves of a failure is not kept.
func init() {
	if err := flag.Set("rapid.nofailfile", "true"); err != nil {
		panic(err)
	}
}

// It knows no formula of when anything begins: only what was told before.
func TestWhoseTimeToEnrollIsOverHasNoMoreUnderTheSameMandate(t *testing.T) {
	t.Parallel()
	role := rapid.SampledFrom(AllRoles())
	rapid.Check(t, func(rt *rapid.T) {
		now := ago(0)
		u := User{Profile: Profile{Role: role.Draw(rt, "role"), AuthSource: AuthLocal, Active: true}, CreatedAt: now}
		p, err := DefaultPolicy().Apply(PolicyPatch{Mandatory: new(true), GracePeriod: new(3 * time.Hour), MandatoryRoles: &[]Role{role.Draw(rt, "covered")}}, now)
		if err != nil {
			rt.Fatal(err)
		}
		over := map[bool]bool{} // by whether they had a factor, and a passkey was demanded
		apply := func(patch PolicyPatch) {
			if p, err = p.Apply(patch, now); err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"time passes": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 4).Draw(rt, "hours")) * time.Hour)
			},
			"another role": func(rt *rapid.T) {
				next := role.Draw(rt, "role")
				if next != u.Role {
					u.CoverRole(next, p, now)
					u.Role = next
				}
			},
			"other roles are covered": func(rt *rapid.T) {
				apply(PolicyPatch{MandatoryRoles: new(rapid.SliceOfNDistinct(role, 1, 4, rapid.ID).Draw(rt, "roles"))})
			},
			"other methods": func(rt *rapid.T) {
				apply(PolicyPatch{MandatoryMethods: new(rapid.SampledFrom([]MandatoryMethods{MethodsAny, MethodsPhishingResistant}).Draw(rt, "methods"))})
			},
			"an app": func(*rapid.T) { u.Factors, u.EverEnrolled = []Factor{anApp}, true },
			"none":   func(*rapid.T) { u.Factors = nil },
			"": func(rt *rapid.T) {
				d := Decide(u, Tenant{RPID: "acme.example", Origins: []string{"https://acme.example"}, Policy: p}, now)
				about := u.Enabled() && p.MandatoryMethods == MethodsPhishingResistant
				if over[about] && (d.Reason == "grace_period" || d.EnrollBy.After(now)) {
					rt.Fatalf("sent to enroll before, and now at %s: %s, by %s", now, d.Reason, d.EnrollBy)
				}
				over[about] = over[about] || d.Reason == "mandatory"
			},
		})
	})
}
