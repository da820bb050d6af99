package service_test

import (
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service/domain"
)

// graceRan is of whom a mandate, while it is as it is, has demanded something that
// they did not have, without any time left.
type graceRan struct {
	since, from time.Time
	grace       time.Duration
	demanded    map[graceKey]bool
}

// graceKey is a user and what was demanded: a factor, or of who has one a passkey.
type graceKey struct {
	id          string
	incarnation int64
	passkey     bool
}

// checkGrace checks, by decisions alone, that nobody's time to enroll begins again.
func (w *walker) checkGrace(rt *rapid.T, here stored) {
	rt.Helper()
	p := here.tenant.Policy
	if !w.ran.since.Equal(p.MandatorySince) || !w.ran.from.Equal(p.MandatoryFrom) || w.ran.grace != p.GracePeriod {
		w.ran = graceRan{p.MandatorySince, p.MandatoryFrom, p.GracePeriod, map[graceKey]bool{}}
	}
	for _, u := range here.users {
		key := graceKey{u.ID, u.Incarnation, u.Enabled() && p.MandatoryMethods == domain.MethodsPhishingResistant}
		d := domain.Decide(u, here.tenant, w.kit.clock.Now())
		if w.ran.demanded[key] && (d.Reason == "grace_period" || d.EnrollBy.After(w.kit.clock.Now())) {
			rt.Fatalf("%s was sent to enroll under this mandate, and has time again: %+v", u.ID, d)
		}
		if d.Reason == "mandatory" && !u.MustEnroll { // what the break-glass took is nobody's grace
			w.ran.demanded[key] = true
			w.run.demanded++
		}
	}
}
