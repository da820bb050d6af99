package edge

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
	wrongCodeDelay = 2 * time.Second
	// guessesAtOnce is how many proofs of one address have a turn: with the delay
	// at most four wrong ones a second do.
	guessesAtOnce = 8
	// longestGuessWait is after which a proof goes without its turn.
	longestGuessWait  = 3 * time.Second
	mostGuessesWait   = 4096
	mostGuessesOnTurn = 1 << 20
)

// Guessing tells whether somebody seems to guess at a tenant.
type Guessing interface {
	// GuessingSuspected reports that so many proofs of the tenant have been wrong
	// lately that somebody seems to be guessing.
	GuessingSuspected(tenantID string) bool
}

// guessDelay is where proofs of one address wait for those before them.
type guessDelay struct {
	suspects Guessing
	ending   context.Context  // until the server begins to shut down
	turns    *admission.Queue // by tenant and address
	delay    time.Duration
}

func newGuessDelay(ending context.Context, suspects Guessing) *guessDelay {
	d := &guessDelay{suspects: suspects, ending: ending}
	d.set(wrongCodeDelay, longestGuessWait)
	return d
}

func (d *guessDelay) set(delay, longestWait time.Duration) {
	d.delay, d.turns = delay, admission.New(admission.Limits{
		Running: mostGuessesOnTurn, Share: mostGuessesOnTurn, PerTenant: guessesAtOnce,
		Waiting: mostGuessesWait, MaxWait: longestWait,
	})
}

// proofs are the operations that take a code of a user.
var proofs = map[string]bool{"verify": true, "resyncFactor": true, "disableTwoFactor": true}

// slow slows who guesses, while somebody seems to.
func (d *guessDelay) slow(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		if known.operation == nil || !proofs[known.operation.id] || known.caller.Ticket == nil ||
			!d.suspects.GuessingSuspected(known.caller.TenantID) {
			return next(c)
		}
		ctx, stop := d.untilShutdown(c.Request().Context())
		defer stop()
		var answer error
		decide := func() error {
			answer = next(c)
			d.hold(d.ending, answer)
			return nil
		}
		from := known.caller.TenantID + " " + network(known.address)
		if err := d.turns.Do(ctx, from, decide); err != nil {
			if gone := c.Request().Context().Err(); gone != nil {
				return gone
			}
			answer = next(c) // it has waited long enough
			d.hold(ctx, answer)
		}
		return answer
	}
}

// hold keeps the answer to a wrong code back until ctx ends. For who has a turn
// that is the shutdown: if hanging up ended the turn, a guesser to whom silence is
// answer enough would get on as fast as ever.
func (d *guessDelay) hold(ctx context.Context, answer error) {
	if !errors.Is(answer, domain.ErrCodeInvalid) {
		return
	}
	late := time.NewTimer(d.delay)
	defer late.Stop()
	select {
	case <-late.C:
	case <-ctx.Done():
	}
}

// untilShutdown is a context that ends when the server begins to shut down, too.
func (d *guessDelay) untilShutdown(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	unhook := context.AfterFunc(d.ending, cancel)
	return ctx, func() { unhook(); cancel() }
}
