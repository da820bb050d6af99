package proofs

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/proofs/site"
)

// subject is the hot user of one history: whom all workers of it act on.
type subject struct {
	id       string
	registry *registry
	begun    time.Time

	mu      sync.Mutex
	begins  *sync.Cond // somebody's begin was answered
	tracker tracker
	codes   map[int][]string // recovery codes by the factor they came with
	history []porcupine.Operation
	broken  error // an answer that says what no answer may
}

// newSubject takes a user who exists, without a factor, and the tokens of managers.
func newSubject(id string, tokens []string) *subject {
	now := time.Now()
	s := &subject{
		id: id, registry: newRegistry(site.StepAt(now)), begun: now, codes: map[int][]string{},
	}
	s.tracker.account = s.registry.born
	s.begins = sync.NewCond(&s.mu)
	for _, text := range tokens {
		s.tracker.managerTokens = append(s.tracker.managerTokens, s.registry.tokens.add(token{text: text}))
	}
	return s
}

// brings gives the user a factor from elsewhere, before anything is asked.
func (s *subject) brings(id string, d factortest.Device) {
	s.registry.bring(id, d)
	s.tracker.account = s.registry.born
}

// perform carries out a call and records it.
func (s *subject) perform(ctx context.Context, worker int, c site.Client, in call) {
	outcome := s.send(ctx, c, in)
	in.from, in.to = outcome.Call.Unix(), outcome.Return.Unix()
	out, err := s.observe(&in, outcome)
	op := porcupine.Operation{
		ClientId: worker, Input: in, Output: out,
		Call: outcome.Call.Sub(s.begun).Nanoseconds(), Return: outcome.Return.Sub(s.begun).Nanoseconds(),
	}
	if out.unknown {
		op.Return = math.MaxInt64 // it may happen yet
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.history = append(s.history, op)
	if err != nil {
		s.broken = fmt.Errorf("%s of %s: %w", in.kind, s.id, err)
	}
	s.learn(in, out)
}

func (s *subject) send(ctx context.Context, c site.Client, in call) site.Outcome {
	if in.ticket != 0 {
		c = c.As(s.registry.tickets.at(in.ticket).text)
	}
	switch in.kind {
	case consume:
		return c.Consume(ctx, s.registry.tokens.at(in.token).text)
	case introspect:
		return c.Introspect(ctx, s.registry.tokens.at(in.token).text)
	}
	if in.token != 0 {
		c = c.StepUp(s.registry.tokens.at(in.token).text)
	}
	proof := site.Proof{Audience: site.OwnAudience, Action: in.action}
	if in.ticket == 0 {
		proof.SessionID = sessionID(in.session)
	}
	if len(in.codes) == 1 {
		proof.Code = in.codes[0]
	} else {
		proof.Codes = in.codes
	}
	switch in.kind {
	case putUser:
		return c.PutUser(ctx, s.id, s.profile(in))
	case getUser:
		return c.GetUser(ctx, s.id)
	case issueTicket:
		return c.SessionTicket(ctx, s.id, "account", sessionID(in.session))
	case listFactors:
		return c.Factors(ctx, s.id)
	case begin:
		return c.Begin(ctx, s.id, s.replaced(in))
	case removeFactor:
		return c.RemoveFactor(ctx, s.id, s.registry.id(in.factor))
	case confirm:
		return c.Confirm(ctx, s.id, s.registry.id(in.factor), proof)
	case resync:
		return c.Resync(ctx, s.id, s.registry.id(in.factor), proof)
	case verify:
		return c.Verify(ctx, s.id, proof)
	case recovery:
		proof.RecoveryCode = s.recoveryCode(in)
		return c.Verify(ctx, s.id, proof)
	case usePass:
		proof.AccessPass = s.registry.pass(in)
		return c.Verify(ctx, s.id, proof)
	case givePass:
		return c.GiveAccessPass(ctx, s.id, "a history")
	case endPass:
		return c.EndAccessPass(ctx, s.id)
	case disable:
		return c.Disable(ctx, s.id, site.Proof{Code: in.codes[0]})
	case disableRecovery:
		return c.Disable(ctx, s.id, site.Proof{RecoveryCode: s.recoveryCode(in)})
	case disableOwn:
		return c.Disable(ctx, s.id, site.Proof{})
	}
	return c.Disable(ctx, s.id, site.Proof{Reason: "a history"})
}

func (s *subject) profile(in call) site.Profile {
	profile := site.Member(s.id)
	if profile.Active = in.active; !in.local {
		profile.AuthSource = "ldap"
	}
	if in.manager {
		profile.Role = "user_manager"
	}
	return profile
}

// sessionID is what the host calls a session; number 0 is none.
func sessionID(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf("session-%d", number)
}

func (s *subject) replaced(in call) string {
	if in.replaces == 0 {
		return ""
	}
	return s.registry.id(in.replaces)
}

// recoveryCode is the text of a code of a set; of set 0, one that never was.
func (s *subject) recoveryCode(in call) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.set == 0 {
		return fmt.Sprintf("0000-0000-0000-00%02d", in.index)
	}
	return s.codes[in.set][in.index]
}
