package proofs

import (
	"context"
	"encoding/json"

	"github.com/countersign/countersign/proofs/site"
)

// passesOfCycle is how many clients are given an access pass, before anything is killed or while it is.
const passesOfCycle = 8

// beGiven gives the client an access pass, by the token of a manager. It has made no guess yet, so that the lane that
// this opens was open. Where the answer was lost the pass is nobody's, and the client makes no more calls under load.
func (sc *sequentialClient) beGiven(ctx context.Context, c site.Client, token string) (goesOn bool, err error) {
	o := c.StepUp(token).GiveAccessPass(ctx, sc.id, "a crash")
	if !o.OK() {
		return o.Void(), unexpected("an access pass", o)
	}
	var given site.AccessPass
	if err := json.Unmarshal(o.Body, &given); err != nil {
		return false, err
	}
	sc.pass = given.AccessPass
	return true, nil
}

// endPass: it was used, or ended with what it rests on.
func (sc *sequentialClient) endPass() {
	if sc.pass != "" {
		sc.pass, sc.deadPass = "", sc.pass
	}
}

func (sc *sequentialClient) unusedPass() guess {
	return guess{key: sc.key(), proof: site.Proof{AccessPass: sc.pass}, right: true}
}

func (sc *sequentialClient) lastPass() guess {
	return guess{key: sc.key(), proof: site.Proof{AccessPass: sc.deadPass}}
}

// give lets one client in two be given a pass, as long as there are tokens for it.
func (l *load) give(ctx context.Context, sc *sequentialClient, pick func() site.Client) (goesOn bool, err error) {
	if sc.random.IntN(2) == 0 {
		return true, nil
	}
	select {
	case token := <-l.tokens:
		return sc.beGiven(ctx, pick(), token)
	default:
		return true, nil
	}
}
