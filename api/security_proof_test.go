package api_test

import (
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

// proofRoute is a route that takes a proof, with a right one and a wrong one.
type proofRoute struct {
	name         string
	right, wrong func(p *prover) *apptest.Response
}

// prover is an enrolled user with a further device that waits for its codes.
type prover struct {
	client  *apptest.Client
	phone   *apptest.Device
	pending *apptest.Device
}

func (p *prover) post(operation string, body M) *apptest.Response {
	return p.client.Post(apptest.Path("/v1/users/%s", p.phone.UserID)+operation, body)
}

func (p *prover) code(operation, code string) *apptest.Response {
	return p.post(operation, M{"code": code})
}

func (p *prover) pair(d *apptest.Device, operation, first, second string) *apptest.Response {
	return p.client.Post(d.Path(operation), M{"codes": []string{first, second}})
}

const noSuchCode = "ZZZZ-ZZZZ-ZZZZ-ZZZZ"

// codeRoutes are all routes that take codes; recoveryRoutes those that take recovery codes.
var (
	codeRoutes = []proofRoute{
		{
			"verify",
			func(p *prover) *apptest.Response { return p.code("/verify", p.phone.Code(0)) },
			func(p *prover) *apptest.Response { return p.code("/verify", p.phone.Wrong()) },
		},
		{
			"resync",
			func(p *prover) *apptest.Response { return p.pair(p.phone, "resync", p.phone.Code(-1), p.phone.Code(0)) },
			func(p *prover) *apptest.Response { return p.pair(p.phone, "resync", p.phone.Wrong(), p.phone.Code(0)) },
		},
		{
			"confirm",
			func(p *prover) *apptest.Response {
				return p.pair(p.pending, "confirm", p.pending.Code(-1), p.pending.Code(0))
			},
			func(p *prover) *apptest.Response {
				return p.pair(p.pending, "confirm", p.pending.Wrong(), p.pending.Code(0))
			},
		},
		{
			"disable",
			func(p *prover) *apptest.Response { return p.code("/disable", p.phone.Code(0)) },
			func(p *prover) *apptest.Response { return p.code("/disable", p.phone.Wrong()) },
		},
	}
	recoveryRoutes = []proofRoute{
		{
			"verify",
			func(p *prover) *apptest.Response {
				return p.post("/verify", M{"recovery_code": p.phone.RecoveryCodes[0]})
			},
			func(p *prover) *apptest.Response { return p.post("/verify", M{"recovery_code": noSuchCode}) },
		},
		{
			"disable",
			func(p *prover) *apptest.Response {
				return p.post("/disable", M{"recovery_code": p.phone.RecoveryCodes[0]})
			},
			func(p *prover) *apptest.Response { return p.post("/disable", M{"recovery_code": noSuchCode}) },
		},
	}
)

// newProver enrolls a user. Drawing QR codes takes time, so that a test has as
// few of them as it can.
func newProver(tenant *apptest.Tenant, userID string) *prover {
	tenant.Put(userID, "member")
	return &prover{client: tenant.Backend(), phone: tenant.Enroll(userID)}
}

// withPending begins the enrollment of a further device.
func (p *prover) withPending(tenant *apptest.Tenant) *prover {
	p.pending = tenant.Begin(p.phone.UserID, apptest.StepUp(p.phone.StepUp()))
	tenant.Clock.Advance(time.Minute) // to steps that are spent nowhere
	return p
}

// reopen clears both lanes with a recovery code that was not used yet.
func (p *prover) reopen() {
	p.post("/verify", M{"recovery_code": p.phone.RecoveryCodes[0]}).Want(200)
	p.phone.RecoveryCodes = p.phone.RecoveryCodes[1:]
}

func TestACodeThatOneRouteSpentIsSpentOnAll(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	again := map[string]func(p *prover, d *apptest.Device) *apptest.Response{
		"verify":        func(p *prover, d *apptest.Device) *apptest.Response { return p.code("/verify", d.Code(0)) },
		"verify, older": func(p *prover, d *apptest.Device) *apptest.Response { return p.code("/verify", d.Code(-1)) },
		"disable":       func(p *prover, d *apptest.Device) *apptest.Response { return p.code("/disable", d.Code(0)) },
		"resync, as last": func(p *prover, d *apptest.Device) *apptest.Response {
			return p.pair(d, "resync", d.Code(-1), d.Code(0))
		},
		"resync, as earlier": func(p *prover, d *apptest.Device) *apptest.Response { return p.pair(d, "resync", d.Code(0), d.Code(1)) },
	}
	p := newProver(tenant, "bob")
	tenant.Clock.Advance(time.Minute) // to steps that are spent nowhere
	for _, first := range codeRoutes[:3] {
		device := p.phone
		p.reopen()
		if first.name == "confirm" {
			device = p.withPending(tenant).pending
		}
		first.right(p).Want(200)
		charged := 0
		for second, send := range again {
			if got := send(p, device); got.Status != 422 || got.Code() != "code_invalid" {
				t.Errorf("%s, then %s: %d %s", first.name, second, got.Status, got.Body)
			}
			charged++
			if failures := tenant.User("bob").CodeLane.Failures; failures != charged {
				t.Errorf("%s, then %s: %d failures are counted, want %d", first.name, second, failures, charged)
			}
		}
		tenant.Clock.Advance(time.Minute)
	}
	p.reopen()
	codeRoutes[3].right(p).Want(204)
	p.code("/verify", p.phone.Code(0)).WantProblem(409, "not_enrolled")
}

// processes are clients of two of them on one database.
func processes(t *testing.T, tenant *apptest.Tenant) []*apptest.Client {
	t.Helper()
	handler, _ := tenant.Replica()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	other := *tenant.App
	other.URL = server.URL
	return []*apptest.Client{tenant.Backend(), other.Client(tenant.Key)}
}

func TestOneProofSentAtOnceToEveryRouteSucceedsExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachDatabase(t, func(t *testing.T, n neighbours) {
		clients := processes(t, n.ours)
		bob, kim := newProver(n.ours, "bob"), newProver(n.ours, "kim")
		for _, round := range []struct {
			name   string
			p      *prover
			routes []proofRoute
		}{
			{"code", bob, codeRoutes[:2]},
			{"code", bob, codeRoutes[:2]},
			{"recovery code", bob, recoveryRoutes[:1]},
			{"code, disable among them", bob, []proofRoute{codeRoutes[0], codeRoutes[1], codeRoutes[3]}},
			{"recovery code, disable among them", kim, recoveryRoutes},
		} {
			n.ours.Clock.Advance(time.Hour)
			if got := accepted(round.p, clients, round.routes); got != 1 {
				t.Errorf("one %s was accepted %d times", round.name, got)
			}
		}
	})
}

// accepted sends the right proof of each route several times at once, and counts.
func accepted(p *prover, clients []*apptest.Client, routes []proofRoute) (successes int) {
	const times = 6
	answers := make([]int, times*len(routes))
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range answers {
		sender := &prover{client: clients[i%2], phone: p.phone}
		done.Go(func() {
			start.Wait()
			answers[i] = routes[i/2%len(routes)].right(sender).Status
		})
	}
	start.Done()
	done.Wait()
	for _, status := range answers {
		if status < 300 {
			successes++
		}
	}
	return successes
}

func TestAWrongProofIsChargedOnEveryRouteAndTheLockHoldsOnAll(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	for _, kind := range []struct {
		name   string
		routes []proofRoute
		lane   func(domain.User) domain.Lane
		open   proofRoute // the lane that is not locked
	}{
		{"code", codeRoutes, func(u domain.User) domain.Lane { return u.CodeLane }, recoveryRoutes[0]},
		{"recovery code", recoveryRoutes, func(u domain.User) domain.Lane { return u.RecoveryLane }, codeRoutes[0]},
	} {
		p := newProver(tenant, kind.name)
		for _, entry := range kind.routes {
			p.withPending(tenant) // a recovery code ends it
			for n := 1; n <= 5; n++ {
				entry.wrong(p).WantProblem(422, "code_invalid")
				if got := kind.lane(tenant.User(kind.name)).Failures; got != n {
					t.Errorf("%s: %d failures after %d wrong ones", entry.name, got, n)
				}
			}
			for _, other := range kind.routes {
				for what, send := range map[string]func(*prover) *apptest.Response{"right": other.right, "wrong": other.wrong} {
					if got := send(p); got.Status != 429 || got.Code() != "too_many_attempts" {
						t.Errorf("%s locked by %s: a %s one on %s: %d %s", kind.name, entry.name, what, other.name, got.Status, got.Body)
					}
				}
			}
			kind.open.right(p).Want(200)
			if kind.name == "code" {
				p.phone.RecoveryCodes = p.phone.RecoveryCodes[1:]
			} else {
				tenant.Clock.Advance(time.Minute) // the end of the wait
				p.reopen()
			}
		}
	}
}

func TestAtTheHardCapNoRouteTakesACode(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	p := newProver(tenant, "bob")
	entries := []proofRoute{codeRoutes[0], codeRoutes[1], codeRoutes[3]}
	for n := range 20 {
		entries[n%3].wrong(p).WantProblem(422, "code_invalid")
		tenant.Clock.Advance(time.Hour)
	}
	for _, route := range entries {
		route.right(p).WantProblem(403, "locked")
		route.wrong(p).WantProblem(403, "locked")
	}
	recoveryRoutes[0].right(p).Want(200)
	codeRoutes[0].right(p).Want(200)
}

func TestNothingButARightProofClearsFailures(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	p := newProver(tenant, "bob").withPending(tenant)
	for range 4 {
		codeRoutes[0].wrong(p).WantProblem(422, "code_invalid")
	}
	backend := tenant.Backend()
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a ticket", func() { tenant.Ticket("bob", "login") }},
		{"a decision", func() { backend.Post("/v1/decisions", M{"user_id": "bob"}).Want(200) }},
		{"another session", func() { tenant.Browser("bob", "account").Get("/v1/users/bob").Want(200) }},
		{"a confirmed enrollment", func() { codeRoutes[2].right(p).Want(200) }},
		{"a wrong recovery code", func() { recoveryRoutes[0].wrong(p).WantProblem(422, "code_invalid") }},
		{"another role and back", func() { tenant.Put("bob", "user_manager"); tenant.Put("bob", "member") }},
	} {
		step.do()
		if got := tenant.User("bob").CodeLane.Failures; got != 4 {
			t.Errorf("%s: %d failures stand, want 4", step.name, got)
		}
	}
	tenant.Clock.Advance(24 * time.Hour)
	codeRoutes[0].wrong(p).WantProblem(422, "code_invalid")
	codeRoutes[0].right(p).WantProblem(429, "too_many_attempts") // a day has forgotten nothing
	tenant.Clock.Advance(time.Minute)
	codeRoutes[0].right(p).Want(200)
	if got := tenant.User("bob").CodeLane.Failures; got != 0 {
		t.Errorf("after a right code %d failures stand", got)
	}
}

func TestNoWellKnownCodeIsAccepted(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	p := newProver(tenant, "bob")
	for _, operation := range []string{"/verify", "/disable"} {
		for field, values := range map[string][]string{
			"code":          {"000000", "111111", "123456", "999999"},
			"recovery_code": {"0000-0000-0000-0000", "1111-1111-1111-1111", "ZZZZ-ZZZZ-ZZZZ-ZZZZ", "0123-4567-89AB-CDEF"},
		} {
			for _, value := range values {
				if value == p.phone.Code(-1) || value == p.phone.Code(0) || value == p.phone.Code(1) {
					continue
				}
				p.post(operation, M{field: value}).WantProblem(422, "code_invalid")
			}
			p.reopen()
		}
	}
}

func TestAUsedProofIsAnsweredLikeAWrongOneByteForByte(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	p := newProver(tenant, "bob")
	for _, route := range []proofRoute{codeRoutes[0], recoveryRoutes[0], codeRoutes[1]} {
		tenant.Clock.Advance(time.Minute)
		route.right(p).Want(200)
		used, wrong := route.right(p), route.wrong(p)
		if diff := cmp.Diff(told(t, wrong), told(t, used)); diff != "" || used.Status != 422 {
			t.Errorf("%s: %d: a used one tells itself apart (-wrong +used):\n%s", route.name, used.Status, diff)
		}
		for range 3 {
			route.wrong(p).WantProblem(422, "code_invalid")
		}
		used, wrong = route.right(p), route.wrong(p)
		if diff := cmp.Diff(told(t, wrong), told(t, used)); diff != "" || used.Status != 429 {
			t.Errorf("%s, locked: %d (-wrong +right):\n%s", route.name, used.Status, diff)
		}
	}
}

// told is all that a client is told, but for what differs from call to call.
func told(t *testing.T, r *apptest.Response) map[string]any {
	t.Helper()
	all := plainBody(t, r.Body)
	all["status code"] = r.Status
	for name, values := range r.Header {
		if name != "X-Request-Id" && name != "Date" {
			all[name] = values
		}
	}
	return all
}
