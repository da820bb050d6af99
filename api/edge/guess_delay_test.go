package edge_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
)

// guessedTenant is a tenant at whose users somebody has guessed, at a replica of its own.
type guessedTenant struct {
	*apptest.Tenant
	server  *edge.Server
	phone   *apptest.Device // ada's
	ticket  string          // ada's
	victims []*apptest.Device
	held    sync.WaitGroup
}

const attacker, home = "203.0.113.9:1", "198.51.100.7:1"

func newGuessedTenant(t *testing.T, delay, wait time.Duration) *guessedTenant {
	t.Helper()
	tenant := acme(t, apptest.Options{})
	g := &guessedTenant{Tenant: tenant, phone: tenant.Enroll("ada")}
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(tenant.Store, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer, Clock: tenant.Clock, Issuer: apptest.Issuer})
	tenant.OK(err)
	g.server = api.New(api.Config{Service: svc, Logger: tenant.Logger()})
	g.server.SetGuessDelay(delay, wait)
	g.server.SetTimeouts(2*time.Hour, time.Minute) // nothing else ends a wait
	enroll := func(name string, n int) (devices []*apptest.Device) {
		for i := range n {
			id := fmt.Sprint(name, i)
			tenant.Put(id, "member")
			devices = append(devices, tenant.Enroll(id))
		}
		return devices
	}
	targets := enroll("target-", 21)
	g.victims = enroll("victim-", edge.GuessesAtOnce)
	for _, d := range targets {
		for range 5 {
			soon, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			g.send(soon, attacker, tenant.Key, d.UserID, d.Wrong()).WantProblem(422, "code_invalid")
			cancel()
		}
	}
	g.ticket = tenant.Ticket("ada", "login")
	return g
}

// send sends a code of a user.
func (g *guessedTenant) send(ctx context.Context, address, credential, userID, code string) *apptest.Response {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/users/"+userID+"/verify", strings.NewReader(`{"code":"`+code+`"}`))
	r.RemoteAddr = address
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+credential)
	w := httptest.NewRecorder()
	g.server.Handler().ServeHTTP(w, r)
	return &apptest.Response{TB: g, Request: r, Status: w.Code, Body: w.Body.Bytes(), Header: w.Header()}
}

// guess sends wrong codes with tickets, each of a user of its own, whose answers are to be held.
func (g *guessedTenant) guess(ctx context.Context, n int) {
	g.Helper()
	for _, d := range g.victims[:n] {
		ticket := g.Ticket(d.UserID, "login")
		g.held.Go(func() { g.send(ctx, attacker, ticket, d.UserID, d.Wrong()).WantProblem(422, "code_invalid") })
	}
	eventually(g.TB.(*testing.T), "all answers are held, and what they say is committed", func() bool {
		return g.server.Held() == n && g.events(domain.ActionVerification, "victim-") == n
	})
}

// events counts events about users whose ids begin so.
func (g *guessedTenant) events(action domain.Action, users string) (n int) {
	for _, e := range g.Events() {
		if e.Action == action && strings.HasPrefix(e.UserID, users) {
			n++
		}
	}
	return n
}

func TestWhileGuessingIsSuspectedWrongCodesWithTicketsAreAnsweredLateAndNobodyElseIs(t *testing.T) {
	t.Parallel()
	g := newGuessedTenant(t, time.Hour, time.Hour)
	g.guess(t.Context(), edge.GuessesAtOnce)
	if calls, _, _ := g.server.Load(); calls != 0 {
		t.Errorf("%d calls are in flight while answers are held", calls)
	}
	for name, from := range map[string]struct{ address, credential string }{
		"another address":                 {home, g.ticket},
		"the host":                        {home, g.Key},
		"a host at the same address, too": {attacker, g.Key},
	} {
		if got := g.soon(from.address, from.credential, g.phone.Fresh()); got != 200 {
			t.Errorf("a right code from %s is answered %d", name, got)
		}
	}
	if got := g.soon(home, g.Key, g.phone.Wrong()); got != 422 {
		t.Errorf("a wrong code from the host is answered %d", got)
	}
	g.server.EndStreams()
	g.held.Wait()
	if n := g.events(domain.ActionGuessingSuspected, ""); n != 1 {
		t.Errorf("%d events, want one", n)
	}
}

// soon sends a code of ada's, and returns the status, or 0 where the answer takes long.
func (g *guessedTenant) soon(address, credential, code string) int {
	ctx, cancel := context.WithTimeout(g.Context(), 10*time.Second)
	defer cancel()
	answer := g.send(ctx, address, credential, "ada", code)
	if ctx.Err() != nil {
		return 0
	}
	return answer.Status
}

func TestARightCodeWaitsBehindGuessesOfItsAddressAndIsAnswered(t *testing.T) {
	t.Parallel()
	g := newGuessedTenant(t, time.Hour, 10*time.Millisecond)
	g.guess(t.Context(), edge.GuessesAtOnce)
	g.send(t.Context(), attacker, g.ticket, "ada", g.phone.Fresh()).Want(200)
	g.server.EndStreams()
	g.held.Wait()
}

// The silence tells a guesser enough.
func TestWhoHangsUpDoesNotGuessFaster(t *testing.T) {
	t.Parallel()
	g := newGuessedTenant(t, time.Hour, time.Hour)
	ctx, hangUp := context.WithCancel(t.Context())
	g.guess(ctx, edge.GuessesAtOnce)
	hangUp()
	ticket := g.Ticket("ada", "login")
	g.held.Go(func() { g.send(t.Context(), attacker, ticket, "ada", g.phone.Wrong()) })
	eventually(t, "the next guess waits", func() bool { return g.server.Queued() == 1 })
	if n := g.server.Held(); n != edge.GuessesAtOnce {
		t.Errorf("%d turns are held, want %d", n, edge.GuessesAtOnce)
	}
	g.server.EndStreams()
	g.held.Wait()
}

func TestTheAnswerToAWrongCodeIsNotHeldForEver(t *testing.T) {
	t.Parallel()
	g := newGuessedTenant(t, 50*time.Millisecond, time.Hour)
	began := time.Now()
	g.send(t.Context(), attacker, g.ticket, "ada", g.phone.Wrong()).WantProblem(422, "code_invalid")
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("it is held for %v", took)
	}
}

func TestAShutdownHoldsNoAnswers(t *testing.T) {
	t.Parallel()
	g := newGuessedTenant(t, time.Hour, time.Hour)
	g.guess(t.Context(), 3)
	g.server.EndStreams()
	g.held.Wait()
}
