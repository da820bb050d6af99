package service_test

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/token"
)

// check verifies the invariants after a step.
func (w *walker) check(rt *rapid.T) {
	rt.Helper()
	w.run.steps++
	here := w.look(rt)
	if difference := w.model.difference(here); difference != "" {
		rt.Fatalf("the store and the model differ (-want +got):\n%s", difference)
	}
	w.run.mandated += one(here.tenant.Policy.Mandatory)
	w.checkPolicyAdmin(rt, here, w.model.orphaned)
	w.checkGrace(rt, here)
	w.checkViews(rt)
	if ids := w.ids(anyUser); len(ids) > 0 {
		w.checkDecision(rt, ids[w.run.steps%len(ids)])
	}
}

// checkPolicyAdmin checks that a mandate leaves somebody who could lift it, unless
// the break-glass took the last one.
func (w *walker) checkPolicyAdmin(rt *rapid.T, here stored, broken bool) {
	rt.Helper()
	if here.tenant.Policy.Mandatory && here.policyAdmins == 0 && !broken {
		rt.Fatal("mandatory, without an enrolled administrator, and no glass was broken")
	}
}

// stored is what the store says of a tenant, and what counting its users one by
// one comes to.
type stored struct {
	tenant       domain.Tenant
	users        []domain.User
	people       map[string]person
	heads        domain.Headcount
	recount      domain.Headcount
	policyAdmins int
}

func (w *walker) look(rt *rapid.T) stored {
	tenant, err := w.kit.store.Tenant(w.kit.ctx, w.tenant)
	w.ok(rt, err)
	heads, err := w.kit.store.Headcount(w.kit.ctx, w.tenant, w.kit.clock.Now())
	w.ok(rt, err)
	users, err := w.kit.store.Users(w.kit.ctx, w.tenant, domain.UserFilter{})
	w.ok(rt, err)
	here := stored{tenant: tenant, users: users, heads: heads, people: map[string]person{}}
	here.recount.People, here.recount.Exempt = map[domain.HeadGroup]int{}, map[domain.HeadGroup]int{}
	for _, u := range users {
		here.people[u.ID] = personOf(u)
		here.count(u, w.kit.clock.Now())
	}
	return here
}

func (here *stored) count(u domain.User, now time.Time) {
	if !u.Active || u.AuthSource != domain.AuthLocal {
		return
	}
	has := func(kind domain.FactorType, proven bool) bool {
		return slices.ContainsFunc(u.Factors, func(f domain.Factor) bool {
			return f.State == domain.FactorActive && f.Type == kind && (!proven || !f.LastUsedAt.IsZero())
		})
	}
	group := domain.HeadGroup{Role: u.Role, Standing: "none"}
	switch {
	case has(domain.FactorPasskey, true):
		group.Standing, group.RPID = "phishing_resistant", here.tenant.RPID
	case has(domain.FactorTOTP, true):
		group.Standing = "proven"
	case has(domain.FactorTOTP, false):
		group.Standing = "unproven"
	}
	here.recount.People[group]++
	if now.Before(u.Exemption.Until) {
		here.recount.Exempt[group]++
	}
	meets := group.RPID != "" || group.Standing == "proven" && here.tenant.Policy.MandatoryMethods != domain.MethodsPhishingResistant
	here.policyAdmins += one(meets && (u.Role == domain.RoleOwner || u.Role == domain.RoleAdmin && here.tenant.Edition == domain.EditionServer))
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// difference compares the store with the model: users, policy and headcount.
func (m *model) difference(here stored) string {
	want := map[string]person{}
	for id, u := range m.users {
		want[id] = u.person()
	}
	return cmp.Diff(want, here.people, cmp.AllowUnexported(budget{})) +
		cmp.Diff(m.policy, here.tenant.Policy, cmpopts.EquateEmpty()) + cmp.Diff(here.recount, here.heads)
}

// person is what a user's row must say.
type person struct {
	domain.Profile
	CreatedAt                time.Time
	Factors                  []factorOf
	EverEnrolled, MustEnroll bool
	HadPasskey               bool
	Covered                  domain.Reached
	ExemptUntil              time.Time
	TicketEpoch              int
	Total, Left              int
	CodeLane, RecoveryLane   budget
	PassUntil                time.Time
	PassBy                   string
}

type factorOf struct {
	ID          string
	Kind        domain.FactorType
	Pending     bool
	Expires     time.Time
	Replaces    string
	Last, Drift int64 // the step, or the sequence, spent last
}

func (u *modelUser) person() person {
	p := person{
		Profile: u.profile, CreatedAt: u.createdAt, EverEnrolled: u.everEnrolled, MustEnroll: u.mustEnroll, TicketEpoch: u.ticketEpoch,
		HadPasskey: u.hadPasskey, Covered: u.covered, ExemptUntil: u.exemptUntil,
		Left: u.remaining(), CodeLane: u.codeLane, RecoveryLane: u.recoveryLane,
	}
	if u.codes != nil {
		p.Total = 8
	}
	if u.pass != nil {
		p.PassUntil, p.PassBy = u.pass.expires, u.pass.by
	}
	for _, a := range u.apps {
		f := factorOf{ID: a.factorID, Kind: a.kind(), Pending: a.pending, Last: a.last, Drift: a.drift}
		if a.pending {
			f.Expires = a.expires
			if a.replaces != nil {
				f.Replaces = a.replaces.factorID
			}
		}
		p.Factors = append(p.Factors, f)
	}
	return p
}

func personOf(u domain.User) person {
	p := person{
		Profile: u.Profile, CreatedAt: u.CreatedAt, EverEnrolled: u.EverEnrolled, MustEnroll: u.MustEnroll, TicketEpoch: u.TicketEpoch,
		HadPasskey: u.HadPasskey, Covered: u.Covered, ExemptUntil: u.Exemption.Until,
		Total: u.RecoveryCodes.Total, Left: u.RecoveryCodes.Remaining,
		CodeLane:     budget{u.CodeLane.Failures, u.CodeLane.LockedAt, u.CodeLane.LockedFor},
		RecoveryLane: budget{u.RecoveryLane.Failures, u.RecoveryLane.LockedAt, u.RecoveryLane.LockedFor},
		PassUntil:    u.AccessPass.ExpiresAt, PassBy: u.AccessPass.GivenBy,
	}
	for _, f := range u.Factors {
		p.Factors = append(p.Factors, factorOf{
			ID: f.ID, Kind: f.Type, Pending: f.State == domain.FactorPending, Expires: f.Pending.ExpiresAt,
			Replaces: f.Pending.Replaces, Last: f.TOTP.LastStep + f.Passkey.LastSequence, Drift: int64(f.TOTP.Drift),
		})
	}
	return p
}

// checkViews checks what lists show of the second factor.
func (w *walker) checkViews(rt *rapid.T) {
	views, err := w.replicas[w.run.steps%2].ListUsers(w.kit.ctx, w.key, domain.UserFilter{})
	w.ok(rt, err)
	want, got := map[string]domain.TwoFactorStatus{}, map[string]domain.TwoFactorStatus{}
	for id, u := range w.model.users {
		want[id] = w.model.status(u)
	}
	for _, v := range views {
		v.TwoFactor.EnabledAt, v.TwoFactor.LastVerifiedAt = time.Time{}, time.Time{}
		got[v.ID] = v.TwoFactor
	}
	if diff := cmp.Diff(want, got); diff != "" {
		rt.Fatalf("the list and the model differ (-want +got):\n%s", diff)
	}
}

// checkDecision checks the decision about one user, and returns it: whoever the
// mandate concerns is sent to enroll, or may still put it off, never refused.
func (w *walker) checkDecision(rt *rapid.T, id string) domain.Decision {
	d, err := w.replicas[w.run.steps%2].Decide(w.kit.ctx, w.key, token.DecideInput{UserID: id})
	w.ok(rt, err)
	got := verdict{d.Decision, d.Reason, d.Methods, d.EnrollBy, d.RecoveryCodesRemaining, d.Ticket != ""}
	if diff := cmp.Diff(w.model.verdict(w.model.users[id]), got); diff != "" {
		rt.Fatalf("the decision about %s and the model differ (-want +got):\n%s", id, diff)
	}
	way := d.Decision == domain.DecisionEnroll && d.Ticket != "" ||
		(d.Decision == domain.DecisionAllow && d.Reason == "grace_period" || d.Decision == domain.DecisionChallenge) && w.model.now.Before(d.EnrollBy)
	if w.mustEnroll(w.model.users[id]) && !way {
		rt.Fatalf("%s has to enroll and has no way to: %+v", id, got)
	}
	return d
}

// enrollAsOffered lets a user whom the mandate concerns enroll with nothing but
// what the decision offers: its login ticket, or an account ticket within grace.
func (w *walker) enrollAsOffered(rt *rapid.T, id string) {
	kind := w.enrollable(rt, id)
	if kind == domain.FactorTOTP || w.model.users[id].enabled() {
		w.openLane(rt, id)
		w.freshStep(w.model.users[id])
	}
	if w.model.users[id].enabled() {
		w.enrollBeside(rt, id)
		return
	}
	w.enroll(rt, id, kind, w.offered(rt, id))
	w.run.enrollments++
}

// offered is the ticket of the decision, where it sends the user to enroll, or of an account.
func (w *walker) offered(rt *rapid.T, id string) modelCaller {
	d := w.checkDecision(rt, id)
	if d.Decision == domain.DecisionEnroll {
		return w.ticketCaller(rt, id, d.Ticket)
	}
	return w.ticket(rt, id, domain.PurposeAccount)
}

// enrollBeside lets a user who has a factor that does not meet the mandate make a passkey: the factor is proven first.
func (w *walker) enrollBeside(rt *rapid.T, id string) {
	p, replaces := w.prove(rt, id), (*walkDevice)(nil)
	if u := w.model.users[id]; p.recovery || len(u.active()) >= domain.MaxFactors {
		replaces = u.active()[0].walkDevice
	}
	v := w.offered(rt, id)
	if w.model.tokens[p.text] || w.model.users[id].generation != p.seen {
		return // the same token again: nothing that was offered
	}
	w.must(rt, w.beginAs(v, id, domain.FactorPasskey, replaces, p))
	w.must(rt, w.confirmAs(rt, v, id, true, false))
	w.run.enrollments++
}

// openLane gives somebody who guessed too often the documented way back.
func (w *walker) openLane(rt *rapid.T, id string) {
	if w.model.users[id].codeLane.failures < 20 {
		return
	}
	w.must(rt, w.breakGlass(id))
}

// enrollable draws a kind of factor that the tenant takes.
func (w *walker) enrollable(rt *rapid.T, id string) domain.FactorType {
	if w.model.onlyPasskeys(w.model.users[id]) {
		return domain.FactorPasskey
	}
	if w.model.passkeys && rapid.Bool().Draw(rt, "passkey") {
		return domain.FactorPasskey
	}
	return domain.FactorTOTP
}

// enroll begins and confirms, and both must be accepted.
func (w *walker) enroll(rt *rapid.T, id string, kind domain.FactorType, v modelCaller) {
	rt.Helper()
	if kind == domain.FactorTOTP {
		w.freshStep(w.model.users[id])
	}
	if a := w.model.users[id].unfinished(); a != nil {
		if left := a.expires.Sub(w.model.now); 0 < left && left < 5*time.Minute {
			w.advance(left) // else it is shown again, and expires before its codes are sent
		}
	}
	w.must(rt, w.beginAs(v, id, kind, nil, nil))
	w.must(rt, w.confirmAs(rt, v, id, kind == domain.FactorPasskey, false))
	if !w.model.users[id].enabled() {
		rt.Fatalf("%s enrolled and is not", id)
	}
}

func (w *walker) must(rt *rapid.T, op *walkOp) {
	rt.Helper()
	got := codeOf(op.do(w.replicas[0]))
	if want := op.predict(w.model, w.model); got != "" || want != "" {
		rt.Fatalf("%s: got %q, want %q", op.name, got, want)
	}
	w.after(op, 0, got)
}
