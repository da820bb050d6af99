package service_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// presented is what must come of a secret: next is "new", the very secret, or none.
type presented struct {
	name     string
	honoured bool
	next     string
	apply    func(next string)
}

const aMoment = 10 * time.Second

// predict says what must come of a secret, by the words of the design: the one before
// is honoured until its successor is first presented, and 10 seconds longer; an older
// one ends the series.
func (w *browserWalk) predict(secret string) presented {
	at := slices.IndexFunc(w.browsers, func(b *modelBrowser) bool { return b.ever[secret] })
	if at < 0 {
		return presented{name: "of no browser"}
	}
	b, now := w.browsers[at], w.clock.Now()
	since, retired := b.retired[secret]
	switch {
	case secret == b.current:
		return presented{name: "the one given out last", honoured: true, next: "new", apply: func(next string) {
			if b.previous != "" {
				b.retire(b.previous, now)
			}
			b.previous = b.current
			w.rotated(b, next)
		}}
	case secret == b.previous && now.Sub(b.rotated) < aMoment:
		return presented{name: "the one before, at once", honoured: true, next: b.current}
	case secret == b.previous:
		return presented{name: "the one before, whose answer was lost", honoured: true, next: "new", apply: func(next string) { w.rotated(b, next) }}
	case retired && now.Sub(since) < aMoment:
		return presented{name: "one whose successor was just presented", honoured: true}
	}
	return presented{name: "a stolen one", apply: func(string) {
		w.browsers = slices.Delete(w.browsers, at, at+1)
		w.thefts++
	}}
}

func (w *browserWalk) rotated(b *modelBrowser, next string) {
	b.current, b.rotated = next, w.clock.Now()
	b.ever[next] = true
	w.used++
}

// retire keeps no more than four at a time.
func (b *modelBrowser) retire(secret string, now time.Time) {
	b.order = slices.DeleteFunc(append(b.order, secret), func(text string) bool {
		return text != secret && now.Sub(b.retired[text]) >= aMoment
	})
	b.retired[secret] = now
	for len(b.order) > 4 {
		delete(b.retired, b.order[0])
		b.order = b.order[1:]
	}
}

func (w *browserWalk) forget(rt *rapid.T) {
	if len(w.browsers) == 0 {
		return
	}
	at := rapid.IntRange(-1, len(w.browsers)-1).Draw(rt, "which")
	if at < 0 {
		w.ok(w.replicas[0].ForgetBrowsers(w.ctx, w.key, w.id, ""))
		w.browsers = nil
		return
	}
	w.ok(w.replicas[0].ForgetBrowsers(w.ctx, w.key, w.id, w.browsers[at].id))
	w.browsers = slices.Delete(w.browsers, at, at+1)
}

func (w *browserWalk) waitALittle(rt *rapid.T) {
	w.clock.advance(rapid.SampledFrom([]time.Duration{time.Second, 4 * time.Second, aMoment - time.Microsecond, aMoment}).Draw(rt, "for"))
}

func (w *browserWalk) wait(rt *rapid.T) {
	w.clock.advance(rapid.SampledFrom([]time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}).Draw(rt, "for"))
}

func (w *browserWalk) changeDays(rt *rapid.T) {
	w.setDays(rt, rapid.SampledFrom([]int{0, 7, 30, 30, 90}).Draw(rt, "days"))
}

// changesNothing is what must leave every browser as it is.
func (w *browserWalk) changesNothing(rt *rapid.T) {
	before := w.snapshot(w.id)
	switch rapid.IntRange(0, 3).Draw(rt, "what") {
	case 0: // an action
		if len(w.given) == 0 {
			return
		}
		d, err := w.replicas[1].Decide(w.ctx, w.key, token.DecideInput{UserID: w.id, Action: "pay", RememberedBrowser: rapid.SampledFrom(w.given).Draw(rt, "secret")})
		w.ok(err)
		if d.Decision == domain.DecisionAllow {
			rt.Fatal("a browser approves an action")
		}
	case 1: // a wrong code
		_ = w.device.verify(w.replicas[0], w.device.wrong())
		return // which is counted
	case 2: // the same profile, and the same credentials
		_, _, err := w.replicas[0].PutUser(w.ctx, w.key, w.id, directory.UserInput{Profile: before.Profile, CredentialsChangedAt: before.CredentialsChangedAt})
		w.ok(err)
	case 3: // another tenant's or nobody's secret
		d, err := w.replicas[0].Decide(w.ctx, w.key, token.DecideInput{UserID: w.id, RememberedBrowser: "csb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
		w.ok(err)
		if d.Decision == domain.DecisionAllow {
			rt.Fatal("a secret that nobody has is honoured")
		}
	}
	if after := w.snapshot(w.id); after.Version != before.Version {
		rt.Fatal("the user was written")
	}
}

// end ends the generation somehow, and tries every secret that was ever given out.
func (w *browserWalk) end(rt *rapid.T) {
	ways := map[string]func(){
		"recovery": func() { w.ok(w.device.recover(w.replicas[0], w.device.codes[0])); w.again() },
		"disable": func() {
			w.ok(w.replicas[0].Disable(w.ctx, w.key, service.DisableInput{UserID: w.id, StepUp: w.device.stepUp()}))
			w.again()
		},
		"reset":       func() { w.ok(w.replicas[0].ResetUser(w.ctx, domain.Operator{}, tenantName, w.id, "lost")); w.again() },
		"role":        func() { w.changed(func(in *directory.UserInput) { in.Role = otherRole(in.Role) }) },
		"inactive":    func() { w.toggled(func(in *directory.UserInput) { in.Active = !in.Active }) },
		"auth source": func() { w.toggled(func(in *directory.UserInput) { in.AuthSource = otherSource(in.AuthSource) }) },
		"credentials": func() {
			w.clock.advance(time.Second)
			w.changed(func(in *directory.UserInput) { in.CredentialsChangedAt = w.clock.Now() })
		},
		"deleted": func() {
			w.ok(w.replicas[0].DeleteUser(w.ctx, w.key, w.id))
			w.device = w.enroll(w.id, domain.RoleMember)
		},
	}
	names := []string{"auth source", "credentials", "deleted", "disable", "inactive", "recovery", "reset", "role"}
	way := rapid.SampledFrom(names).Draw(rt, "way")
	ways[way]()
	w.met["ended by "+way]++
	w.browsers = nil
	for _, secret := range w.given {
		w.shown(rt, secret)
	}
}

// again sets a device up where there is none, and its own codes anyway.
func (w *browserWalk) again() {
	if u := w.snapshot(w.id); len(u.ActiveFactors()) > 0 {
		w.ok(w.replicas[0].Disable(w.ctx, w.key, service.DisableInput{UserID: w.id, StepUp: w.device.stepUp()}))
	}
	w.device = w.begin(service.EnrollInput{UserID: w.id}).confirm()
}

func (w *browserWalk) changed(change func(*directory.UserInput)) {
	in := directory.UserInput{Profile: w.snapshot(w.id).Profile}
	change(&in)
	_, _, err := w.replicas[0].PutUser(w.ctx, w.key, w.id, in)
	w.ok(err)
}

// toggled changes something there and back.
func (w *browserWalk) toggled(change func(*directory.UserInput)) {
	w.changed(change)
	w.changed(change)
}

func otherRole(r domain.Role) domain.Role {
	if r == domain.RoleMember {
		return domain.RoleUserManager
	}
	return domain.RoleMember
}

func otherSource(s domain.AuthSource) domain.AuthSource {
	if s == domain.AuthLocal {
		return domain.AuthLDAP
	}
	return domain.AuthLocal
}
