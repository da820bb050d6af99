package proofs

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/countersign/countersign/proofs/site"
)

// book knows the factors and the step-up tokens of one history: each has a number, from 1.
type book struct {
	base int64 // the step that the relative step 0 is

	mu      sync.Mutex
	numbers map[string]int
	pages   []page
	tokens  []string
}

// page is a factor.
type page struct {
	id     string
	secret bool                 // whether its codes are known
	codes  [2*margin + 1]string // of the steps around base
}

const (
	margin     = 26 // a reach, a step to either side, and what passes meanwhile
	mostNumber = 62 // numbers are bits of an account
	noFactor   = 63 // the number of none
)

func newBook(base int64) *book { return &book{base: base, numbers: map[string]int{}} }

// number returns the number of a factor; a secret, once known, is noted.
func (b *book) number(id, secret string) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.numbers[id]
	if !ok {
		b.pages = append(b.pages, page{id: id})
		n = len(b.pages)
		b.numbers[id] = n
	}
	p := &b.pages[n-1]
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

// code is the code of a factor's step; empty where nobody knows it.
func (b *book) code(factor, step int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if factor < 1 || factor > len(b.pages) || step < -margin || step > margin {
		return ""
	}
	return b.pages[factor-1].codes[step+margin]
}

// id is a factor's name in paths.
func (b *book) id(factor int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if factor < 1 || factor > len(b.pages) {
		return "fct_unknown"
	}
	return b.pages[factor-1].id
}

// factors is how many there have been.
func (b *book) factors() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pages)
}

// addToken notes a step-up token, and returns its number, or 0 when there are enough.
func (b *book) addToken(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.tokens) >= mostNumber {
		return 0
	}
	b.tokens = append(b.tokens, text)
	return len(b.tokens)
}

func (b *book) token(number int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens[number-1]
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
