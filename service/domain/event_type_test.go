package domain_test

import (
	"slices"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

func TestEveryActionIsOneEventType(t *testing.T) {
	t.Parallel()
	declared := apptest.Constants(t, "event.go", "Action")
	var typed []string
	for _, e := range domain.EventTypes {
		typed = append(typed, string(e.Action))
		if e.About == "" || e.Severity == "" {
			t.Errorf("%s has nothing to say for itself: %+v", e.Action, e)
		}
		if slices.Contains(e.Hearers, domain.HearerUser) && !domain.ToldToUser[e.Action] {
			t.Errorf("users should hear of %s, and cannot see it among the events about themselves", e.Action)
		}
		if e.Severity == domain.SeverityInfo && len(e.Hearers) > 0 {
			t.Errorf("%s happens all day, and somebody should hear of it each time", e.Action)
		}
	}
	slices.Sort(declared)
	slices.Sort(typed)
	if !slices.Equal(declared, typed) {
		t.Errorf("declared are %q\nand have a type %q", declared, typed)
	}
}
