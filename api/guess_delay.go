package api

import (
	"context"
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/service/domain"
)

// What is done against who guesses at many users of a tenant: answers to wrong
// codes that came with a ticket leave late, and of one address only some at a
// time are on their way. They have been decided and committed before, and are
// held outside of the concurrency limit.
//
// Nobody is refused by it. A right code waits behind the wrong ones of its own
// address, for so long and no longer, and not at all at another address. A
// service key is not slowed: its address is the host's.
//
// So it is a delay and no bound, which is each user's lane. Of an address that
// keeps many connections, codes go without a turn, too, after the longest wait:
// at most mostGuessesWait in each longestGuessWait, some 1,400 a second, and when
// as many wait, more of them at once.
const (
	guessDelay = 2 * time.Second
	// guessesAtOnce is how many proofs of one address have a turn: with the delay
	// at most four wrong ones a second do.
	guessesAtOnce = 8
	// longestGuessWait is after which a proof goes without its turn.
	longestGuessWait  = 3 * time.Second
	mostGuessesWait   = 4096
	mostGuessesOnTurn = 1 << 20
)

// guessLine is where proofs of one address wait for those before them.
type guessLine struct {
	turns *admission.Queue // by tenant and address
	delay time.Duration
}

func newGuessLine(delay, longestWait time.Duration) guessLine {
	return guessLine{delay: delay, turns: admission.New(admission.Limits{
		Running: mostGuessesOnTurn, Share: mostGuessesOnTurn, PerTenant: guessesAtOnce,
		Waiting: mostGuessesWait, MaxWait: longestWait,
	})}
}

// proofs are the operations that take a code of a user.
var proofs = map[string]bool{"verify": true, "resyncFactor": true, "disableTwoFactor": true}

// delayGuesses slows who guesses, while somebody seems to.
func (s *Server) delayGuesses(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		if known.operation == nil || !proofs[known.operation.id] || known.caller.Ticket == nil ||
			!s.service.GuessingSuspected(known.caller.TenantID) {
			return next(c)
		}
		ctx, stop := s.untilShutdown(c.Request().Context())
		defer stop()
		var answer error
		decide := func() error {
			answer = next(c)
			s.guesses.hold(s.streams.ending, answer)
			return nil
		}
		from := known.caller.TenantID + " " + network(known.address)
		if err := s.guesses.turns.Do(ctx, from, decide); err != nil {
			if gone := c.Request().Context().Err(); gone != nil {
				return gone
			}
			answer = next(c) // it has waited long enough
			s.guesses.hold(ctx, answer)
		}
		return answer
	}
}

// hold keeps the answer to a wrong code back until ctx ends. For who has a turn
// that is the shutdown: if hanging up ended the turn, a guesser to whom silence is
// answer enough would get on as fast as ever.
func (g guessLine) hold(ctx context.Context, answer error) {
	if !errors.Is(answer, domain.ErrCodeInvalid) {
		return
	}
	late := time.NewTimer(g.delay)
	defer late.Stop()
	select {
	case <-late.C:
	case <-ctx.Done():
	}
}

// untilShutdown is a context that ends when the server begins to shut down, too.
func (s *Server) untilShutdown(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(s.streams.ending, cancel)
	return ctx, func() { unhook(); cancel() }
}
