package proofs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/countersign/countersign/proofs/site"
)

// registry knows the factors, the step-up tokens and the tickets of one history: each has a number, from 1.
type registry struct {
	base int64 // the step that the relative step 0 is

	mu      sync.Mutex
	numbers map[string]int
	known   []registeredFactor
	tokens  []token
	tickets []ticket
	passes  []string
}

// token is a step-up token, and how it was earned.
type token struct {
	text     string
	session  int    // of the host; 0: none
	action   string // that it was earned for; empty: any
	recovery bool   // by a recovery code
}

// ticket is one for an account, of a session of the host.
type ticket struct {
	text    string
	session int // 0: none
}

// registeredFactor is a factor of a registry.
type registeredFactor struct {
	id     string
	secret bool                 // whether its codes are known
	codes  [2*margin + 1]string // of the steps around base
}

const (
	margin     = 26 // a reach, a step to either side, and what passes meanwhile
	mostNumber = 62 // numbers are bits of an account
	noFactor   = 63 // the number of none
)

func newRegistry(base int64) *registry { return &registry{base: base, numbers: map[string]int{}} }

// number returns the number of a factor; a secret, once known, is noted.
func (b *registry) number(id, secret string) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.numbers[id]
	if !ok {
		b.known = append(b.known, registeredFactor{id: id})
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
	for i := range p.codes {
		p.codes[i] = device.Code(b.base + int64(i-margin))
	}
	p.secret = true
	return n, nil
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
	if factor < 1 || factor > len(b.known) || step < -margin || step > margin {
		return ""
	}
	return b.known[factor-1].codes[step+margin]
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

// addToken notes a step-up token, and returns its number, or 0 when there are enough.
func (b *registry) addToken(t token) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.tokens) >= mostNumber {
		return 0
	}
	b.tokens = append(b.tokens, t)
	return len(b.tokens)
}

func (b *registry) token(number int) token {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens[number-1]
}

// addTicket notes a ticket, and returns its number, or 0 when there are enough.
func (b *registry) addTicket(t ticket) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.tickets) >= mostNumber {
		return 0
	}
	b.tickets = append(b.tickets, t)
	return len(b.tickets)
}

func (b *registry) ticket(number int) ticket {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tickets[number-1]
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
