package stepup

import (
	"context"
	"errors"
	"net/http"

	countersign "github.com/countersign/countersign/clients/go"
)

// DefaultHeader is where the token is looked for unless TokenFrom says
// otherwise.
const DefaultHeader = "Step-Up-Token"

// Guard admits requests that carry a step-up token for what they are about. It
// is what middleware is made of, here and for other frameworks, and is safe for
// concurrent use.
type Guard struct {
	verifier *Verifier
	token    func(*http.Request) string
	spender  Spender
	refuse   func(http.ResponseWriter, *http.Request, *Refusal)
}

// Option changes what a Guard does.
type Option func(*Guard)

// TokenFrom looks for the token elsewhere, such as in a cookie of the host's.
// Never in a URL: those are logged.
func TokenFrom(find func(*http.Request) string) Option {
	return func(g *Guard) { g.token = find }
}

// Spender is what spends tokens: a *countersign.Client.
type Spender interface {
	ConsumeToken(ctx context.Context, token string) (countersign.StepUpClaims, error)
}

// SpentBy spends each token that is admitted, so that it counts once, and so
// that a user who was deactivated or changed factors since is refused. It asks
// the service; while that cannot answer nothing is admitted.
func SpentBy(spender Spender) Option {
	return func(g *Guard) { g.spender = spender }
}

// OnRefusal answers refused requests, instead of Refusal.ServeHTTP. The
// middleware for Echo leaves that to Echo's error handler and does not call it.
func OnRefusal(answer func(http.ResponseWriter, *http.Request, *Refusal)) Option {
	return func(g *Guard) { g.refuse = answer }
}

// Guard returns a guard that believes what v does.
func (v *Verifier) Guard(options ...Option) *Guard {
	g := &Guard{
		verifier: v,
		token:    func(r *http.Request) string { return r.Header.Get(DefaultHeader) },
		refuse:   func(w http.ResponseWriter, r *http.Request, refusal *Refusal) { refusal.ServeHTTP(w, r) },
	}
	for _, option := range options {
		option(g)
	}
	return g
}

// Admit returns the request with the verified claims in its context, see
// FromContext, or why it is refused.
func (g *Guard) Admit(r *http.Request, want Expect) (*http.Request, *Refusal) {
	token := g.token(r)
	claims, err := g.verifier.Verify(r.Context(), token, want)
	if err == nil && g.spender != nil {
		err = g.spend(r.Context(), token)
	}
	if err != nil {
		return nil, newRefusal(err, want)
	}
	return r.WithContext(context.WithValue(r.Context(), claimsKey{}, claims)), nil
}

var errSpent = errors.New("stepup: the token is spent, or void since")

// spend tells what is wrong with a token from what is wrong with the service.
func (g *Guard) spend(ctx context.Context, token string) error {
	_, err := g.spender.ConsumeToken(ctx, token)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, countersign.ProblemCodeTokenConsumed), errors.Is(err, countersign.ProblemCodeTokenInvalid):
		return errSpent
	}
	return errors.Join(errUndecided, err)
}

// Require returns middleware that serves a request only with a step-up token
// for what expect says of it. expect takes it from the host's own session, never
// from what the browser sent.
func (v *Verifier) Require(expect func(*http.Request) Expect, options ...Option) func(http.Handler) http.Handler {
	guard := v.Guard(options...)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			admitted, refusal := guard.Admit(r, expect(r))
			if refusal != nil {
				guard.refuse(w, r, refusal)
				return
			}
			next.ServeHTTP(w, admitted)
		})
	}
}

type claimsKey struct{}

// FromContext returns the claims that middleware verified, and whether it did.
func FromContext(ctx context.Context) (claims countersign.StepUpClaims, ok bool) {
	claims, ok = ctx.Value(claimsKey{}).(countersign.StepUpClaims)
	return claims, ok
}
