package service_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/proof"
)

// assertion is what a browser made of options.
type assertion struct {
	*asked
	from  *walkDevice
	page  string
	wrong bool // there is a fault in it
	sent  proof.Assertion
}

// anyPurpose is what a proof may be for.
var anyPurpose = rapid.SampledFrom([]purpose{
	{}, {}, {audience: domain.OwnAudience}, {action: "payment.approve"}, {session: "s1"}, {action: "payment.approve", session: "s1"},
})

// anyPage is where options are asked for: on one of the tenant's pages, or by its host.
var anyPage = rapid.SampledFrom(append([]string{""}, walkPages...))

// ask asks for options, to be answered later.
func (w *walker) ask(rt *rapid.T) {
	id := w.pickAdmin(rt, "user", func(u *modelUser) bool { return len(u.passkeys()) > 0 || oneInFive.Draw(rt, "without a passkey") })
	if rapid.Bool().Draw(rt, "a moment later") {
		w.advance(time.Millisecond)
	}
	w.askAs(rt, w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin), id, anyPurpose.Draw(rt, "purpose"), anyPage.Draw(rt, "page"))
}

// askAs asks for options, and returns nil if they are refused.
func (w *walker) askAs(rt *rapid.T, v modelCaller, id string, p purpose, page string) *asked {
	rt.Helper()
	options, err := w.replicas[w.run.steps%2].VerifyOptions(w.kit.ctx, v.Caller, service.OptionsInput{UserID: id, Token: p.request(), Origin: page})
	c, want := w.model.ask(v, id, p)
	if got := codeOf(err); got != want {
		rt.Fatalf("options for %s: got %q, want %q", id, got, want)
	}
	w.run.outcomes[want]++
	if c == nil {
		return nil
	}
	c.page, c.state, c.request = page, options.State, options.Request
	w.checkOptions(rt, c)
	if !options.ExpiresAt.Equal(c.expires) {
		rt.Fatalf("options until %s, want %s", options.ExpiresAt, c.expires)
	}
	w.asked = append(w.asked, c)
	return c
}

// checkOptions checks that options allow the user's active passkeys and no others, and
// ask for what the policy does.
func (w *walker) checkOptions(rt *rapid.T, c *asked) {
	rt.Helper()
	var request struct {
		AllowCredentials []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	}
	w.ok(rt, json.Unmarshal(c.request, &request))
	if verifiesUser(rt, c.request) != c.verifies {
		rt.Fatalf("the options of %s ask for the user's verification: %t", c.id, !c.verifies)
	}
	var want, got []string
	for _, d := range c.allowed {
		want = append(want, d.credential)
	}
	for _, allowed := range request.AllowCredentials {
		got = append(got, allowed.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("the options of %s allow (-want +got):\n%s", c.id, diff)
	}
}

// answer sends an assertion, right or wrong.
func (w *walker) answer(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", hasPasskey)
	v := w.drawCaller(rt, id, domain.PurposeAccount, domain.PurposeLogin)
	g := w.assert(rt, w.model.users[id], true, anyPurpose.Draw(rt, "purpose"))
	return w.verifyAs(v, id, g, proof.Input{Passkey: &g.assertion.sent})
}

// answerAfter asks, has something else happen, mostly to the same user, and answers
// then.
func (w *walker) answerAfter(rt *rapid.T) {
	able := func(u *modelUser) bool { return w.model.asks(u) }
	id := w.pickAdmin(rt, "user", able)
	c := w.askAs(rt, modelCaller{Caller: w.key}, id, anyPurpose.Draw(rt, "purpose"), anyPage.Draw(rt, "page"))
	from := rapid.SampledFrom(c.allowed).Draw(rt, "passkey")
	w.meanwhile(rt, id)
	g := w.answerTo(rt, c, from, c.answeredOn())
	g.purpose = c.purpose
	w.apply(rt, w.verifyAs(modelCaller{Caller: w.key}, id, g, proof.Input{Passkey: &g.assertion.sent}))
}

// meanwhile has something happen to a user, if it can be to that one.
func (w *walker) meanwhile(rt *rapid.T, id string) {
	w.about = id
	defer func() { w.about = "" }()
	for range rapid.IntRange(1, 2).Draw(rt, "calls meanwhile") {
		names := append(w.possible(w.opNames()), w.possible([]string{"set role", "set role", "set role", "verification", "verification"})...)
		w.apply(rt, w.ops()[rapid.SampledFrom(names).Draw(rt, "meanwhile")](rt))
		w.check(rt)
	}
}

// answerTo is what a passkey makes of options on a page.
func (w *walker) answerTo(rt *rapid.T, c *asked, from *walkDevice, page string, faults ...authenticatortest.Fault) guess {
	rt.Helper()
	a := &assertion{
		asked: c, from: from, page: page, wrong: len(faults) > 0,
		sent: proof.Assertion{State: c.state, Credential: from.get(rt, c.request, page, faults...)},
	}
	w.answers = append(w.answers, a)
	return guess{assertion: a}
}

// assert draws an assertion of a user who has a passkey: a right one, or maybe what
// was asked before, sent before, another's, for something else, late or wrong.
func (w *walker) assert(rt *rapid.T, u *modelUser, maybeWrong bool, p purpose) guess {
	rt.Helper()
	how := "at once"
	if maybeWrong {
		how = rapid.SampledFrom([]string{
			"at once", "at once", "asked before", "asked before", "again", "another's", "another's question", "for something else", "late", "on another page", "another state", "wrong",
		}).Draw(rt, "answer")
	}
	g := w.assertThus(rt, u, how, p)
	if maybeWrong && oneInFive.Draw(rt, "sent for something else") {
		g.purpose = anyPurpose.Draw(rt, "sent for")
	}
	return g
}

func (w *walker) assertThus(rt *rapid.T, u *modelUser, how string, p purpose) guess {
	rt.Helper()
	if how == "again" && len(w.answers) > 0 {
		a := rapid.SampledFrom(latest(w.answers)).Draw(rt, "which")
		return guess{assertion: a, purpose: a.purpose}
	}
	from := rapid.SampledFrom(u.passkeys()).Draw(rt, "passkey")
	c, faults := w.question(rt, u, how, p), []authenticatortest.Fault(nil)
	page := c.answeredOn()
	switch how {
	case "another's":
		from = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(w.made), func(d *walkDevice) bool { return d.credential == "" })).Draw(rt, "whose")
	case "for something else":
		p = anyPurpose.Draw(rt, "something else")
	case "late":
		left := rapid.SampledFrom([]time.Duration{0, time.Millisecond}).Draw(rt, "left")
		w.advance(max(0, c.expires.Add(-left).Sub(w.model.now)))
	case "on another page":
		page = rapid.SampledFrom(walkPages).Draw(rt, "other page")
	case "wrong":
		faults = append(faults, drawFault(rt, assertionFaults))
	case "asked before", "another's question":
		p = c.purpose
	}
	g := w.answerTo(rt, c, from, page, faults...)
	if how == "another state" {
		g.assertion.wrong = true // its challenge is of another state
		g.assertion.sent.State = w.question(rt, u, "another state", p).state + "A"[:len(w.asked)%2]
	}
	g.purpose = p
	return g
}

// question is what is answered: options asked for now, or before.
func (w *walker) question(rt *rapid.T, u *modelUser, how string, p purpose) *asked {
	rt.Helper()
	ofOthers := how == "another's question"
	known := latest(slices.DeleteFunc(slices.Clone(w.asked), func(c *asked) bool { return (c.id != u.id) != ofOthers }))
	if (how == "asked before" || ofOthers) && len(known) > 0 {
		return rapid.SampledFrom(known).Draw(rt, "asked")
	}
	if w.model.asks(u) {
		if c := w.askAs(rt, modelCaller{Caller: w.key}, u.id, p, anyPage.Draw(rt, "page")); c != nil {
			return c
		}
	}
	return &asked{request: json.RawMessage(`{"challenge":"AQID","rpId":"acme.example","userVerification":"required"}`), expires: w.model.now}
}

// latest are the last few: what is older has expired.
func latest[T any](all []T) []T { return all[max(0, len(all)-5):] }
