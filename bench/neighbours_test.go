package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a quiet tenant is compared with is measured in the same round, before it and near it.
func TestAQuietTenantIsMeasuredBesideItsShare(t *testing.T) {
	t.Parallel()
	s := chosen(t, settings{Only: "fairness|audit-neighbour"})
	want := []string{
		"audit-neighbour/postgresql-200000/c4", "audit-neighbour/postgresql-200000/c4/b24",
		"fairness/postgresql-200000/c4", "fairness-half/postgresql-200000/c4", "fairness/postgresql-200000/c4/b4",
		"fairness/postgresql-200000/c4/b320", "fairness/postgresql-200000/c4/b1500", "fairness-impatient/postgresql-200000/c4/b1500",
	}
	if diff := cmp.Diff(want, namesOf(s.plan())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range s.plan() {
		if c.warm <= 0 || !c.neighbours || !sideBySide(c.Measure) {
			t.Errorf("%s has no lead, or no neighbour: %+v", c.name(), c)
		}
		if _, err := (&client{}).work(c.other().Measure); err != nil {
			t.Error(err)
		}
	}
}

// Events are made where a trail is listed, and nowhere else.
func TestOnlyWhatListsATrailNeedsOne(t *testing.T) {
	t.Parallel()
	for _, c := range chosen(t, settings{}).plan() {
		want := 0
		if strings.HasPrefix(c.Measure, "audit-") {
			want = 10_000_000
		}
		if c.dataset().events != want {
			t.Errorf("%s is on a deployment with %d events, want %d", c.name(), c.dataset().events, want)
		}
	}
}

func TestTwoTenantsAreMeasuredSideBySide(t *testing.T) {
	t.Parallel()
	out, result := slice(t, "USERS=6000", "EVENTS=40000", "ONLY=audit-list-(window|deep)|audit-neighbour/.*/b24|audit-prune-neighbour/.*/b1$|fairness/.*/b4$")
	for _, row := range []string{
		`ten minutes, a month back \| 40,000 \|`, `none, from a cursor in the middle \| 40,000 \|`,
		`the neighbour's verifications \| 4 \| 24 \|`, `lists, by all filters in turn \| 24 \| 4 \|`,
		`the neighbour's verifications \| 4 \| 1 \|`, "calls of `audit prune`, 10,000 events each \\| 1 \\| 4 \\|",
		`the quiet tenant's verifications \| 4 \| 4 \|`, `the noisy tenant's verifications \| 4 \| 4 \|`,
	} {
		if !regexp.MustCompile(`(?m)^\| ` + row).Match(out) {
			t.Errorf("no row %s in\n%s", row, out)
		}
	}
	for _, c := range result.Cells {
		// Whether a call of audit prune begins after the lead depends on how long the first one takes.
		if c.PerSecond == 0 && c.Measure != auditPrune || len(c.NotCounted) > 0 {
			t.Errorf("%s beside %d: %v good answers a second, and %v", c.Measure, c.Beside, c.PerSecond, c.NotCounted)
		}
	}
}
