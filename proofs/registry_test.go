package proofs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/proofs/site"
)

// registry knows the factors, the step-up tokens and the tickets of one history: each has a number, from 1.
type registry struct {
	base int64   // the step of 30 seconds in which every factor's relative step 0 begins
	born account // of a user who came with factors from elsewhere, the state that a history begins in

	mu      sync.Mutex
	numbers map[string]int
	known   []registeredFactor
	tokens  numbered[token]
	tickets numbered[ticket]
	passes  numbered[string]
}

// numbered are what calls name by number, from 1: numbers are bits of an account.
type numbered[T any] struct {
	mu    sync.Mutex
	items []T
}

// add notes one, and returns its number, or 0 when there are enough.
func (n *numbered[T]) add(item T) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.items) >= mostNumber {
		return 0
	}
	n.items = append(n.items, item)
	return len(n.items)
}

func (n *numbered[T]) at(number int) T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.items[number-1]
}

// token is a step-up token, and how it was earned.
type token struct {
	text     string
	session  int    // of the host; 0: none
	action   string // that it was earned for; empty: any
	recovery bool   // by a recovery code, or an access pass
	pass     bool   // by an access pass
}

// ticket is one for an account, of a session of the host.
type ticket struct {
	text    string
	session int // 0: none
}

// registeredFactor is a factor of a registry.
type registeredFactor struct {
	id     string
	secret bool     // whether its codes are known
	period int64    // of its steps, in seconds
	digits int      // of its codes
	codes  []string // of the steps around base
}

const (
	beyond     = 6  // steps that are known beyond a reach: one to either side, and what passes meanwhile
	tick       = 15 // seconds in which no factor of a history changes its step; every period is a multiple of it
	mostNumber = 62 // numbers are bits of an account
	noFactor   = 63 // the number of none
)

func newRegistry(base int64) *registry {
	born := account{active: true, local: true, spent: 1<<codesOfASet - 1} // nobody has recovery codes yet
	return &registry{base: base, numbers: map[string]int{}, born: born}
}

// number returns the number of a factor; a secret, once known, is noted.
func (b *registry) number(id, secret string) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.numbers[id]
	if !ok {
		b.known = append(b.known, registeredFactor{id: id, period: plainPeriod, digits: 6})
		n = len(b.known)
		b.numbers[id] = n
	}
	p := &b.known[n-1]
	if secret == "" || p.secret {
		return n, nil
	}
	device, err := site.NewAuthenticator(secret)
	if err != nil {
		return n, err
	}
	p.learn(b.base, device.Code)
	return n, nil
}

// learn notes the codes of the steps around the base.
func (p *registeredFactor) learn(base int64, code func(step int64) string) {
	margin, zero := reachOf(p.period)+beyond, base*plainPeriod/p.period
	p.codes = make([]string, 2*margin+1)
	for i := range p.codes {
		p.codes[i] = code(zero + int64(i-margin))
	}
	p.secret = true
}

// reachOf is the reach of a resync in steps: ten minutes, whatever the period.
func reachOf(period int64) int { return int(600 / period) }

// bring notes a factor from elsewhere, which the user of the history has from the beginning. No step of it is spent.
func (b *registry) bring(id string, d factortest.Device) {
	b.known = append(b.known, registeredFactor{id: id, period: int64(d.Period / time.Second), digits: d.Digits})
	number := len(b.known)
	b.numbers[id] = number
	b.known[number-1].learn(b.base, d.CodeAt)
	b.born = b.born.with(slot{number: number, last: -b.reach(number) - 1})
	b.born.begun |= 1 << number
}

// shape is how a factor counts: one that nobody knows is like those that are enrolled.
func (b *registry) shape(factor int) (period int64, digits int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if factor < 1 || factor > len(b.known) {
		return plainPeriod, 6
	}
	return b.known[factor-1].period, b.known[factor-1].digits
}

func (b *registry) reach(factor int) int {
	period, _ := b.shape(factor)
	return reachOf(period)
}

// here is the step of a factor that a second lies in.
func (b *registry) here(factor int, second int64) int {
	period, _ := b.shape(factor)
	return int(second/period - b.base*plainPeriod/period)
}

func (b *registry) knows(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.numbers[id] != 0
}

// code is the code of a factor's step; empty where nobody knows it.
func (b *registry) code(factor, step int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if factor < 1 || factor > len(b.known) {
		return ""
	}
	codes := b.known[factor-1].codes
	if at := step + len(codes)/2; at >= 0 && at < len(codes) {
		return codes[at]
	}
	return ""
}

// id is a factor's name in paths.
func (b *registry) id(factor int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if factor < 1 || factor > len(b.known) {
		return "fct_unknown"
	}
	return b.known[factor-1].id
}

// factors is how many there have been.
func (b *registry) factors() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.known)
}

// authTime is when a token says that the second factor was proven.
func authTime(text string) (int64, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return 0, fmt.Errorf("a token of %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return 0, err
	}
	var claims struct {
		AuthTime int64 `json:"auth_time"`
	}
	return claims.AuthTime, json.Unmarshal(payload, &claims)
}
