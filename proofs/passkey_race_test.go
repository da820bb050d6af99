package proofs

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/countersign/countersign/proofs/site"
)

const assertionRacers = 64

// TestOfConcurrentSendsOfOneAssertionExactlyOneSucceeds checks that an assertion is accepted once, however many send it
// at once to whichever replica and route, and that those refused charge nothing.
func TestOfConcurrentSendsOfOneAssertionExactlyOneSucceeds(t *testing.T) {
	s := site.New(t, site.Options{Replicas: 3})
	s.AllowPasskeys()
	r := &assertionRaces{races: races{t: t, site: s}}
	repeat := site.Repeat(t, "users raced for by passkey", 2, 5000, r.state)
	for n, more := repeat.Next(); more && !t.Failed(); n, more = repeat.Next() {
		r.user(t.Context(), fmt.Sprintf("racer-%d", n))
	}
	t.Log(repeat)
}

type assertionRaces struct{ races }

// user races for an assertion, for two at once of which one was asked for after the other, and for one over two routes.
func (r *assertionRaces) user(ctx context.Context, user string) {
	r.t.Helper()
	key := r.site.Client(0).EnrollPasskey(ctx, r.t, user)
	one := key.Assert(ctx, r.t, r.site.Client(1), site.Proof{})
	accepted := r.once(user, r.sends(ctx, user, assertionRacers, verifyWith(one)))
	older, newer := key.Assert(ctx, r.t, r.site.Client(1), site.Proof{}), key.Assert(ctx, r.t, r.site.Client(2), site.Proof{})
	accepted = accepted.and(r.ofTwo(user, r.sends(ctx, user, assertionRacers, verifyWith(older), verifyWith(newer))))
	for _, spent := range []site.Proof{one, older, newer} {
		r.staysSpent(ctx, user, spent)
	}
	r.chargedNothing(ctx, user)
	last := key.Assert(ctx, r.t, r.site.Client(2), site.Proof{Action: "disable"})
	toDisable := site.Proof{Passkey: last.Passkey}
	accepted = accepted.and(r.once(user, r.sends(ctx, user, assertionRacers, verifyWith(last), disableWith(toDisable))))
	r.audited(ctx, user, accepted)
}

// bounds are how many were accepted: those answered so, and those without an answer too.
type bounds struct{ least, most int }

func (b bounds) and(other bounds) bounds { return bounds{b.least + other.least, b.most + other.most} }

// once checks that of the sends of one assertion one was accepted.
func (r *assertionRaces) once(user string, outcomes []site.Outcome) bounds {
	r.t.Helper()
	accepted, unknown, met := r.tally(user, outcomes)
	if accepted > 1 || accepted+unknown < 1 {
		r.t.Errorf("%s: of %d concurrent sends of one assertion %d were accepted: %v", user, len(outcomes), accepted, met)
	}
	return bounds{accepted, min(1, accepted+unknown)}
}

// ofTwo checks that of the sends of two assertions in turn each was accepted once at most, and one of them.
func (r *assertionRaces) ofTwo(user string, outcomes []site.Outcome) (both bounds) {
	r.t.Helper()
	for first := range 2 {
		var own []site.Outcome
		for i := first; i < len(outcomes); i += 2 {
			own = append(own, outcomes[i])
		}
		accepted, unknown, met := r.tally(user, own)
		if accepted > 1 {
			r.t.Errorf("%s: %d sends of one assertion of two were accepted: %v", user, accepted, met)
		}
		both = both.and(bounds{accepted, min(1, accepted+unknown)})
	}
	if both.most < 1 {
		r.t.Errorf("%s: neither of two assertions was accepted", user)
	}
	return both
}

func (r *assertionRaces) tally(user string, outcomes []site.Outcome) (accepted, unknown int, met map[string]int) {
	r.t.Helper()
	met = map[string]int{}
	for _, o := range outcomes {
		met[o.String()]++
		switch {
		case o.OK():
			accepted++
		case o.Unknown():
			unknown++
		case !o.Is("passkey_invalid") && !o.Is("not_enrolled") && !o.Void():
			r.t.Errorf("%s: an assertion sent at once with others is answered %v", user, o)
		}
	}
	r.unknown.Add(int64(unknown))
	return accepted, unknown, met
}

// staysSpent checks that an assertion is good for no replica any more.
func (r *assertionRaces) staysSpent(ctx context.Context, user string, p site.Proof) {
	r.t.Helper()
	for i := range r.site.Replicas {
		if again := r.site.Client(i).Verify(ctx, user, p); !again.Is("passkey_invalid") {
			r.t.Errorf("%s: replica %d answers a spent assertion %v", user, i, again)
		}
	}
}

// chargedNothing checks that no lane waits after all the refusals.
func (r *assertionRaces) chargedNothing(ctx context.Context, user string) {
	r.t.Helper()
	for i := range r.site.Replicas {
		got := site.Read[site.User](r.t, r.site.Client(i).GetUser(ctx, user)).TwoFactor
		if !got.Enabled || got.LockedUntil != nil || got.RecoveryCodesRemaining != codesOfASet {
			r.t.Errorf("%s: after refused assertions replica %d shows %+v", user, i, got)
		}
	}
}

// audited checks that the audit trail has a success for each that was accepted, and no failure.
func (r *assertionRaces) audited(ctx context.Context, user string, accepted bounds) {
	r.t.Helper()
	met := map[string]int{}
	for _, e := range r.site.Client(1).AllEvents(ctx, r.t, url.Values{"user_id": {user}}) {
		if e.Action == "verification" || e.Action == "two_factor.disabled" {
			met[e.Outcome]++
		}
	}
	if met["success"] < accepted.least || met["success"] > accepted.most || met["failure"] > 0 {
		r.t.Errorf("%s: after %d to %d accepted assertions the audit trail has %v", user, accepted.least, accepted.most, met)
	}
}
