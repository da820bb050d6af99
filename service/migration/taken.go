package migration

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

// taken is whom a run has given a factor, or found to have that of their line. A
// user here has one app of a file: of two, the first that is accepted is taken, and
// the other does not take its place, or the two would change places at each run.
//
// It holds 16 bytes for the user's id, and what taking has, so that it is bounded by
// the number of users of the tenant and not by the length of the file. A dry run,
// whose store forgets, predicts by it what a run comes to.
//
// Lines about one user are decided one after the other, those of others at once.
type taken struct {
	mu     sync.Mutex
	byUser map[digest]taking
}

// digest is the beginning of a SHA-256: no two things of a run have the same.
type digest [16]byte

// taking is a line that was accepted.
type taking struct {
	line    int
	factor  digest
	written bool // in place of all apps that the user had
}

func newTaken() *taken { return &taken{byUser: map[digest]taking{}} }

// before returns the taking of a line before this one about the same user.
func (t *taken) before(line FactorLine) (taking, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.byUser[digestOf(line.UserID)]
	return found, ok && found.line != line.Number
}

// add notes a line that is accepted, unless there is one before it.
func (t *taken) add(line FactorLine, written bool) {
	if _, ok := t.before(line); ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byUser[digestOf(line.UserID)] = taking{line: line.Number, factor: line.digest(), written: written}
}

// drop forgets a line that was refused after all.
func (t *taken) drop(line FactorLine) {
	if _, ok := t.before(line); ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byUser, digestOf(line.UserID))
}

// digest tells the factor of the line from others.
func (l FactorLine) digest() digest {
	return digestOf(fmt.Sprint(l.Algorithm, " ", l.Digits, " ", l.Period, " ", string(l.Secret.Bytes())))
}

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}
