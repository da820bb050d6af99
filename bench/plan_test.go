package main

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/bench/seed"
)

func chosen(t *testing.T, s settings) settings {
	t.Helper()
	if s.Rounds == 0 {
		s.Rounds, s.Duration, s.Concurrency, s.Users = 3, 10*time.Second, []int{1, 8, 32, 64}, []int{10_000, 1_000_000}
	}
	if s.Events == 0 {
		s.Events = 10_000_000
	}
	checked, err := s.checked()
	if err != nil {
		t.Fatal(err)
	}
	return checked
}

func namesOf(cells []cell) []string {
	var names []string
	for _, c := range cells {
		names = append(names, c.name())
	}
	return names
}

func TestEveryCellHasANameOfItsOwnAndWork(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range chosen(t, settings{}).plan() {
		if seen[c.name()] {
			t.Errorf("there are two cells %s", c.name())
		}
		seen[c.name()] = true
		if c.Engine == baseline {
			continue
		}
		if _, err := (&client{}).work(c.Measure); err != nil {
			t.Error(err)
		}
	}
}

func TestOnlySelectsCellsByName(t *testing.T) {
	t.Parallel()
	s := chosen(t, settings{Only: "verify/sqlite|pgbench/c(1|8)$"})
	want := []string{"pgbench/c1", "verify/sqlite-100000/c1", "pgbench/c8", "verify/sqlite-100000/c8", "verify/sqlite-100000/c32", "verify/sqlite-100000/c64"}
	if diff := cmp.Diff(want, namesOf(s.plan())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.wantsFootprint() {
		t.Error("the footprint was not asked for")
	}
}

// What is compared with pgbench, and with the plain handler, is measured in the same round, right after them, and like
// them with sessions that are warm.
func TestTheBaselinesComeBeforeWhatIsComparedWithThem(t *testing.T) {
	t.Parallel()
	s := chosen(t, settings{})
	measured := map[int]string{}
	for _, c := range s.plan() {
		switch {
		case c.Measure == baseline || c.Measure == plainRead:
			measured[c.Concurrency] += c.Measure + " "
		case c.Measure != verify || c.Engine != postgres:
			continue
		case measured[c.Concurrency] != baseline+" "+plainRead+" ":
			t.Errorf("before %s come %q", c.name(), measured[c.Concurrency])
		}
		if c.warm < s.Duration {
			t.Errorf("%s is warmed up for %v", c.name(), c.warm)
		}
	}
}

// Like is compared with like: a decision that was measured with colder sessions than a verification would look dear.
func TestWhatIsHeldAgainstAVerificationIsMeasuredAsItIsAndBesideIt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		concurrency []int
		want        string
	}{
		{[]int{1, 8, 32, 64}, "32"}, {[]int{1, 2}, "2"}, {[]int{24, 64}, "24"}, {[]int{64}, "64"},
	} {
		s := chosen(t, settings{Rounds: 3, Duration: 10 * time.Second, Concurrency: test.concurrency, Users: []int{10_000, 1_000_000},
			Only: "verify/postgresql-1000000|decision|login|enrollment"})
		plan := s.plan()
		at := slices.IndexFunc(plan, func(c cell) bool { return c.Measure == decision })
		want := []string{verify, decision, login, enrollmentBegin, enrollment}
		for n, c := range plan[at-1:][:len(want)] {
			if c.name() != want[n]+"/postgresql-1000000/c"+test.want {
				t.Errorf("of %v: %s comes %d after the verification, want %s at %s", test.concurrency, c.name(), n, want[n], test.want)
			}
			if n < 3 && (c.warm != plan[at-1].warm || c.length != plan[at-1].length) {
				t.Errorf("%s is measured for %v after %v", c.name(), c.length, c.warm)
			}
		}
	}
}

// Whom a verification reads, a decision reads too; and who is enrolled is nobody to enroll in a later round.
func TestWhatIsComparedTakesNobodyTwiceInACell(t *testing.T) {
	t.Parallel()
	s := &target{bench: &bench{settings: settings{Rounds: 3}}, client: &client{people: &seed.People{Enrolled: 1_000_000, Others: 100_000}}}
	for measure, want := range map[string][2]int64{
		verify: {24_000, 976_000}, decision: {24_000, 976_000}, login: {24_000, 976_000},
		enrollmentBegin: {500, 16_166}, enrollment: {500, 16_166}, "status-1000": {500, 0},
	} {
		c := cell{Key: report.Key{Measure: measure, Replicas: 1}}
		if got := [2]int64{s.warmUnits(c), s.most(c)}; got != want {
			t.Errorf("%s: %v units, want %v", measure, got, want)
		}
	}
}

// What PostgreSQL does for a cell afterwards falls on both sides of a comparison, if not in the same round.
func TestWhatIsComparedComesInTheOppositeOrderInEachSecondRound(t *testing.T) {
	t.Parallel()
	plan := chosen(t, settings{Only: "pgbench/c(8|32)|plain-read/.*/c(8|32)$|verify/postgresql-1000000/c(8|32)$|recovery-code|status|fairness/.*/b(4|320)$"}).plan()
	here := []string{
		"pgbench/c8", "plain-read/postgresql-1000000/c8", "verify/postgresql-1000000/c8",
		"pgbench/c32", "plain-read/postgresql-1000000/c32", "verify/postgresql-1000000/c32",
		"recovery-code/postgresql-1000000/c32", "status-1000/postgresql-1000000/c8",
		"fairness/postgresql-200000/c4/b4", "fairness/postgresql-200000/c4/b320",
	}
	opposite := append([]string{
		"verify/postgresql-1000000/c8", "plain-read/postgresql-1000000/c8", "pgbench/c8",
		"verify/postgresql-1000000/c32", "plain-read/postgresql-1000000/c32", "pgbench/c32",
	}, here[6:]...)
	for round, want := range map[int][]string{1: here, 2: opposite, 3: here, 4: opposite} {
		if diff := cmp.Diff(want, namesOf(inRound(plan, round))); diff != "" {
			t.Errorf("round %d (-want +got):\n%s", round, diff)
		}
	}
}

func TestASliceDoesNotReplaceAWholeRun(t *testing.T) {
	t.Parallel()
	whole := settings{Name: "bench", Results: "r", Rounds: 3, Duration: 10 * time.Second, Concurrency: []int{1}, Users: []int{10_000, 1_000_000}}
	if got := chosen(t, whole).out(); got != "r/bench.json" {
		t.Errorf("a whole run goes to %s", got)
	}
	for name, change := range map[string]func(*settings){
		"some cells":  func(s *settings) { s.Only = "verify" },
		"one round":   func(s *settings) { s.Rounds = 1 },
		"short cells": func(s *settings) { s.Duration = 2 * time.Second },
		"few users":   func(s *settings) { s.Users = []int{10_000} },
		"few events":  func(s *settings) { s.Events = 200_000 },
	} {
		slice := whole
		change(&slice)
		if got := chosen(t, slice).out(); got != "r/slice.json" {
			t.Errorf("%s: goes to %s", name, got)
		}
	}
}

func TestSettingsThatCannotBeCarriedOutAreRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*settings){
		"no round":             func(s *settings) { s.Rounds = 0 },
		"half a second":        func(s *settings) { s.Duration = time.Second / 2 },
		"no connection":        func(s *settings) { s.Concurrency = []int{0} },
		"too many connections": func(s *settings) { s.Concurrency = []int{8, 151} },
		"nobody":               func(s *settings) { s.Users = []int{0} },
		"no event":             func(s *settings) { s.Events = 0 },
		"no expression":        func(s *settings) { s.Only = "(" },
	} {
		s := settings{Rounds: 1, Duration: time.Second, Concurrency: []int{1}, Users: []int{1000}, Events: 1000}
		if _, err := s.checked(); err != nil {
			t.Fatal(err)
		}
		change(&s)
		if _, err := s.checked(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOfWhatPgbenchLoggedOnlyWhatEndedAfterTheWarmUpCounts(t *testing.T) {
	t.Parallel()
	logs := fstest.MapFS{
		"of.71":   {Data: []byte("0 1 5000 0 1764021600 123456\n0 2 2513 0 1764021602 500000\n1 1 987 0 1764021601 999999\n")},
		"of.71.1": {Data: []byte("2 1 1500 0 1764021601 1\n2 2 7000 0 1764021601 0\n")},
	}
	got, err := readTransactions(logs, time.Unix(1764021601, 0))
	want := load.Outcome{
		Good: 3, Elapsed: 1500 * time.Millisecond,
		Latencies: []time.Duration{987 * time.Microsecond, 1500 * time.Microsecond, 2513 * time.Microsecond},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, line := range []string{"0 1\n", "0 1 failed 0 1764021600 123456\n", "0 1 17 0 1764021600 -\n"} {
		if _, err := readTransactions(fstest.MapFS{"of.71": {Data: []byte(line)}}, time.Time{}); err == nil {
			t.Errorf("%q is read as a transaction", line)
		}
	}
}
