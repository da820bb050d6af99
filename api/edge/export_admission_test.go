package edge

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/countersign/countersign/api/admission"
)

// The bounds that tests fill.
const (
	MostLists       = mostLists
	MostLookups     = mostLookups
	AuthFailureRate = authFailureRate
	AuthFailures    = authFailureBurst
	AuthRetryRate   = authRetryRate
	LogEvery        = logEvery
)

// Load returns how many calls and lists run, and how many wait.
func (s *Server) Load() (calls, lists, waiting int) {
	calls, callsWaiting := s.concurrency.calls.Load()
	lists, listsWaiting := s.concurrency.lists.Load()
	return calls, lists, callsWaiting + listsWaiting
}

// Authentications returns how many credentials of tenants are being looked at,
// and how many wait for it.
func (s *Server) Authentications() (running, waiting int) {
	return s.concurrency.authentications.Load()
}

// Lookups returns how many unknown keys the store is asked for, and how many wait
// for it.
func (s *Server) Lookups() (running, waiting int) { return s.concurrency.lookups.Load() }

// OneUnknownCaller lets one of each address ask what memory does not tell, and leaves
// the place of one address taken.
func (s *Server) OneUnknownCaller(ctx context.Context, taken string) {
	s.concurrency.unknownCallers = admission.New(admission.Limits{Running: 8, Share: 8, PerTenant: 1, MaxWait: time.Hour})
	entered := make(chan struct{})
	go func() {
		_ = s.concurrency.unknownCallers.Do(ctx, network(taken), func() error { close(entered); <-ctx.Done(); return nil })
	}()
	<-entered
}

// LetUnknownCallersWait lets them wait for as long as it takes, however slow the
// machine is.
func (s *Server) LetUnknownCallersWait() {
	l := admission.Limits{Running: mostUnknownCallers, Share: 1, Waiting: mostWaiting, MaxWait: time.Hour}
	s.concurrency.unknownCallers = admission.New(l)
	l.Running, l.Waiting = mostLookups, mostLookupsWaiting
	s.concurrency.lookups = admission.New(l)
}

// FewAnswers lets one answer of a list be in memory of each tenant, and none wait.
func (s *Server) FewAnswers() {
	s.concurrency.answers = admission.New(admission.Limits{Running: 8, Share: 8, PerTenant: 1, MaxWait: time.Hour})
}

// Exhaust uses up what an address may try, for good.
func (s *Server) Exhaust(address string) {
	s.callers.failures.failures.of[network(address)] = rate.NewLimiter(0, 0)
}

// SetWaiting sets how many calls may wait, and how long.
func (s *Server) SetWaiting(most int, longest time.Duration) {
	s.concurrency.calls = admission.New(admission.Limits{Running: 8, Share: 3, Waiting: most, MaxWait: longest})
}

// GuessesAtOnce is how many proofs of one address may be on their way.
const GuessesAtOnce = guessesAtOnce

// SetGuessDelay sets how long the answer to a wrong code is held back, and how
// long others wait for it.
func (s *Server) SetGuessDelay(delay, wait time.Duration) { s.guesses.set(delay, wait) }

// Held returns how many proofs are on their way while guessing is suspected.
func (s *Server) Held() int {
	running, _ := s.guesses.turns.Load()
	return running
}

// Queued returns how many proofs wait for those.
func (s *Server) Queued() int {
	_, waiting := s.guesses.turns.Load()
	return waiting
}

// AuthFailureLimiter is the limiter by itself.
type AuthFailureLimiter struct{ l *authFailureLimiter }

// NewAuthFailureLimiter returns one that has counted nothing.
func NewAuthFailureLimiter() AuthFailureLimiter { return AuthFailureLimiter{newAuthFailureLimiter()} }

// Try lets a credential that nobody knows be looked up, and reports whether it was.
func (l AuthFailureLimiter) Try(address, credential string) bool {
	permitted, again := l.l.permits(address, credential)
	return permitted && (again || l.l.charge(address))
}

// Addresses is of how many it remembers something.
func (l AuthFailureLimiter) Addresses() int { return len(l.l.failures.of) }

// UnavailableLog is the log of what is answered 503, by itself.
type UnavailableLog struct{ l *unavailableLog }

// NewUnavailableLog returns one that has logged nothing.
func NewUnavailableLog(to *slog.Logger) UnavailableLog { return UnavailableLog{newUnavailableLog(to)} }

// Add adds a request.
func (l UnavailableLog) Add(why, requestID string, err error) {
	l.l.add(cause(why), unavailable{requestID, "/v1/decisions", err})
}

// Flush ends it.
func (l UnavailableLog) Flush() { l.l.flush() }

// CauseOf names the cause of an error that is answered 503.
func CauseOf(err error) string { return string(causeOf(err, refusalOf(err))) }

// NamedOperations are those that the limits name.
func NamedOperations() []string {
	return slices.Concat(slices.Collect(maps.Keys(lists)), slices.Collect(maps.Keys(proofs)))
}
