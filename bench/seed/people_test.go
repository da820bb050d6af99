package seed

import (
	"errors"
	"testing"
	"time"

	"github.com/countersign/countersign/service/totp"
)

func TestEverybodyIsTakenOnceBeforeAnybodyTwice(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 1000, 1024, 9_999, 10_000} {
		taken := map[int]bool{}
		for n := range size {
			taken[scattered(int64(n), size)] = true
		}
		if len(taken) != size {
			t.Errorf("of %d people %d were taken", size, len(taken))
		}
		if first, again := scattered(0, size), scattered(int64(size), size); first != again {
			t.Errorf("of %d people the first is %d, and then %d", size, first, again)
		}
	}
}

func TestNamesIdsAndSecretsAreEachOnesOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for n := range 2000 {
		p := person{tenant: "acme", number: n, enrolled: true}
		other := person{tenant: "acme", number: n}
		for _, text := range []string{p.id(), other.id(), p.name(), p.factorID(), p.generation(), string(p.secret()), p.recoveryCode(0), p.recoveryCode(7)} {
			seen[text]++
		}
	}
	if len(seen) != 2000*8 {
		t.Errorf("%d texts of 16000 are distinct", len(seen))
	}
}

// Within a step nobody is taken twice, and each code is one that is accepted now.
func TestNobodyIsTakenTwiceWithinAStep(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 1000, 0)
	now := time.Unix(1_800_000_000, 0)
	last := map[string]totp.Step{}
	for {
		id, code, err := p.Code(now)
		if errors.Is(err, ErrSpent) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		step, ok := stepOf(id, code, now)
		if !ok || step <= last[id] {
			t.Fatalf("%s is given the code of step %d after that of %d", id, step, last[id])
		}
		last[id] = step
	}
	if len(last) != 1000 {
		t.Errorf("%d of 1000 people were taken", len(last))
	}
	free := p.FreeAt(1000)
	if want := standard.Start(standard.StepAt(now) + 1); !free.Equal(want) {
		t.Errorf("they are free at %v, want %v", free, want)
	}
	if _, _, err := p.Code(free); err != nil {
		t.Errorf("when they are free again: %v", err)
	}
}

func TestWhoHasNotBeenTakenIsFree(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 1000, 0)
	now := time.Unix(1_800_000_000, 0)
	for range 600 {
		if _, _, err := p.Code(now); err != nil {
			t.Fatal(err)
		}
	}
	if free := p.FreeAt(400); free.After(now) {
		t.Errorf("the 400 others are free at %v", free)
	}
	if free := p.FreeAt(401); !free.After(now) {
		t.Error("one of those who were taken is free at once")
	}
}

// stepOf finds the step of a code among those that the service accepts.
func stepOf(id, code string, now time.Time) (totp.Step, bool) {
	for n := range 1000 {
		p := person{tenant: "acme", number: n, enrolled: true}
		if p.id() != id {
			continue
		}
		parsed, err := totp.ParseCode(code)
		step, ok := standard.Match(p.secret(), parsed, standard.Window(standard.StepAt(now), 0))
		return step, ok && err == nil
	}
	return 0, false
}

// Whoever is called about without a code is not the next one to be verified: that one is not known yet.
func TestWhoIsTakenWithoutACodeHasHadTheirTurn(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 1000, 0)
	now := time.Unix(1_800_000_000, 0)
	taken := map[string]bool{}
	for range 500 {
		id, _, err := p.Code(now)
		if err != nil {
			t.Fatal(err)
		}
		taken[id], taken[p.Next()] = true, true
	}
	if len(taken) != 1000 {
		t.Errorf("%d of 1000 people were taken", len(taken))
	}
}

func TestAgainTakesTheSamePeopleAndThenNobody(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 1000, 0)
	now := time.Unix(1_800_000_000, 0)
	take := func() (string, error) { id, _, err := p.Code(now); return id, err }
	for range 10 {
		_, _ = take()
	}
	from := p.Mark()
	var first []string
	for range 20 {
		id, err := take()
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, id)
	}
	to := p.Mark()
	p.Again(from, to)
	for _, want := range first {
		if id, err := take(); err != nil || id != want {
			t.Fatalf("again %s, %v; want %s", id, err, want)
		}
	}
	if id, err := take(); !errors.Is(err, ErrSpent) {
		t.Errorf("after all of them came %s, %v", id, err)
	}
	p.Onward(to)
	if id, err := take(); err != nil || id != (person{number: scattered(30, 1000), enrolled: true}).id() {
		t.Errorf("onward came %s, %v", id, err)
	}
}

func TestRecoveryCodesAndEnrollmentsRunOut(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 5, 3)
	seen := map[string]bool{}
	for {
		id, code, err := p.RecoveryCode()
		if err != nil {
			break
		}
		seen[id+code] = true
	}
	if len(seen) != 5*recoveryCodes {
		t.Errorf("%d recovery codes, want %d", len(seen), 5*recoveryCodes)
	}
	enrolled := map[string]bool{}
	for {
		id, err := p.ToEnroll()
		if err != nil {
			break
		}
		enrolled[id] = true
	}
	if len(enrolled) != 3 {
		t.Errorf("%d people to enroll, want 3", len(enrolled))
	}
}

func TestAPrefixSelectsFewButSomebody(t *testing.T) {
	t.Parallel()
	p := newPeople("acme", 10_000, 0)
	for range 100 {
		prefix, found := p.Prefix(), 0
		for n := range p.Enrolled {
			if name := (person{number: n}).name(); name[:len(prefix)] == prefix {
				found++
			}
		}
		if found < 1 || found > 100 {
			t.Errorf("%q is the prefix of %d names", prefix, found)
		}
	}
}

// The first of the two calls spent both steps, since a code is matched with the last one it is right for.
func TestACodeThatTwoStepsShareIsNotSentAgain(t *testing.T) {
	t.Parallel()
	const shared = totp.Step(58_115_490) // and the next one
	who := person{tenant: "t", number: 0, enrolled: true}
	if code := standard.CodeAt(who.secret(), shared); !code.Equal(standard.CodeAt(who.secret(), shared+1)) {
		t.Fatal("the steps share no code")
	}
	p := newPeople("t", 2, 0)
	from := p.Mark()
	for range 2 {
		if _, _, err := p.Code(standard.Start(shared)); err != nil {
			t.Fatal(err)
		}
	}
	p.Again(from, p.Mark())
	id, _, err := p.Code(standard.Start(shared))
	if err != nil || id == who.id() {
		t.Errorf("%s is taken again: %v", id, err)
	}
	if id, _, err := p.Code(standard.Start(shared)); !errors.Is(err, ErrSpent) {
		t.Errorf("after that %s is taken: %v", id, err)
	}
}
