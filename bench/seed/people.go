package seed

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/service/totp"
)

// People are the users of a tenant, for whoever logs in as them. Its methods are safe for concurrent use.
type People struct {
	// Tenant is the tenant's id.
	Tenant string
	// Enrolled is how many have a factor, and Others how many have none.
	Enrolled, Others int

	// steps are those spent last, by number of the person.
	steps []atomic.Int64
	// next counts the people taken: for codes, recovery codes, enrollments, and for calls that spend nothing.
	forCode, forRecovery, forEnrollment, forCall atomic.Int64
	// forCodeMost bounds forCode; 0: nobody is taken twice within a step, which is bound enough.
	forCodeMost atomic.Int64
}

// ErrSpent says that nobody is left whose code could be spent now.
var ErrSpent = errors.New("everybody's codes are spent for now")

func newPeople(tenant string, enrolled, others int) *People {
	return &People{Tenant: tenant, Enrolled: enrolled, Others: others, steps: make([]atomic.Int64, enrolled)}
}

// Anew is the same people, of whom nobody has been taken.
func (p *People) Anew() *People { return newPeople(p.Tenant, p.Enrolled, p.Others) }

// standard are the parameters of every device here.
var standard = totp.Standard()

// scattered is the n-th person of those taken one after the other: everybody once before anybody twice, and
// neighbours far apart, as users log in.
func scattered(n int64, size int) int {
	return int(uint64(n) % uint64(size) * scatter % uint64(size))
}

// Code takes the next person, and a code that is right now and has not been used: that of this step, or of the
// next one where people are taken again. It is ErrSpent when the next person has none.
func (p *People) Code(now time.Time) (userID, code string, err error) {
	taken, most := p.forCode.Add(1), p.forCodeMost.Load()
	if most > 0 && taken > most {
		return "", "", ErrSpent
	}
	number := scattered(taken-1, p.Enrolled)
	here := int64(standard.StepAt(now))
	last, step := p.steps[number].Load(), here
	if most > 0 {
		step = max(here, last+1)
	}
	if step <= last || step > here+1 {
		return "", "", ErrSpent
	}
	p.steps[number].Store(step)
	who := person{tenant: p.Tenant, number: number, enrolled: true}
	right := standard.CodeAt(who.secret(), totp.Step(step))
	if last > 0 && right.Equal(standard.CodeAt(who.secret(), totp.Step(last))) {
		return p.Code(now) // once in a million two steps share a code, which was good for both
	}
	return who.id(), right.Digits(), nil
}

// Next takes the next person, in the order of their codes, and spends nothing.
func (p *People) Next() (userID string) {
	n := p.forCode.Add(1) - 1
	return person{tenant: p.Tenant, number: scattered(n, p.Enrolled), enrolled: true}.id()
}

// FreeAt is when the next so many people all have a code that has not been used.
func (p *People) FreeAt(people int) time.Time {
	last := int64(-1)
	from := p.forCode.Load()
	for n := range min(people, p.Enrolled) {
		last = max(last, p.steps[scattered(from+int64(n), p.Enrolled)].Load())
	}
	return standard.Start(totp.Step(last + 1))
}

// Mark is a place in the order in which people are taken for their codes.
type Mark int64

// Mark returns where the next one is taken.
func (p *People) Mark() Mark { return Mark(p.forCode.Load()) }

// Again takes, from now on, the people from one mark to another once more, and nobody after them.
func (p *People) Again(from, to Mark) {
	p.forCode.Store(int64(from))
	p.forCodeMost.Store(int64(to))
}

// Onward ends what Again began: from now on whoever comes after that mark is taken.
func (p *People) Onward(from Mark) {
	p.forCodeMost.Store(0)
	p.forCode.Store(int64(from))
}

// RecoveryCode takes the next person, and a recovery code that has not been used.
func (p *People) RecoveryCode() (userID, code string, err error) {
	n := p.forRecovery.Add(1) - 1
	used := int(n / int64(p.Enrolled))
	if used >= recoveryCodes {
		return "", "", ErrSpent
	}
	who := person{tenant: p.Tenant, number: scattered(n, p.Enrolled), enrolled: true}
	return who.id(), shown(who.recoveryCode(used)), nil
}

// ToEnroll takes the next person without a factor.
func (p *People) ToEnroll() (userID string, err error) {
	n := p.forEnrollment.Add(1) - 1
	if n >= int64(p.Others) {
		return "", ErrSpent
	}
	return person{tenant: p.Tenant, number: scattered(n, p.Others)}.id(), nil
}

// UserID takes the next enrolled person for a call that spends nothing, again and again.
func (p *People) UserID() string {
	n := p.forCall.Add(1) - 1
	return person{tenant: p.Tenant, number: scattered(n, p.Enrolled), enrolled: true}.id()
}

// Prefix is a prefix of a few usernames of the tenant, each time another one.
func (p *People) Prefix() string {
	n := p.forCall.Add(1) - 1
	name := person{number: scattered(n, p.Enrolled)}.name()
	for digits := 1; ; digits++ {
		if p.Enrolled>>(4*digits) < 50 || digits == len(name) {
			return name[:digits]
		}
	}
}
