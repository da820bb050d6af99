package eventtype_test

import (
	"slices"
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/eventtype"
)

func TestEveryActionIsOneEventType(t *testing.T) {
	t.Parallel()
	declared := apptest.Constants(t, "../domain/event.go", "Action")
	var typed []string
	for _, e := range eventtype.All {
		typed = append(typed, string(e.Action))
		if e.About == "" || e.Severity == "" {
			t.Errorf("%s has nothing to say for itself: %+v", e.Action, e)
		}
		if slices.Contains(e.Hearers, eventtype.HearerUser) && !told(e.Action) {
			t.Errorf("users should hear of %s, and cannot see it among the events about themselves", e.Action)
		}
		if e.Severity == eventtype.SeverityInfo && len(e.Hearers) > 0 {
			t.Errorf("%s happens all day, and somebody should hear of it each time", e.Action)
		}
	}
	slices.Sort(declared)
	slices.Sort(typed)
	if !slices.Equal(declared, typed) {
		t.Errorf("declared are %q\nand have a type %q", declared, typed)
	}
}

// told reports whether users see such events among those about themselves.
func told(a domain.Action) bool {
	_, told := domain.Event{Action: a}.ForUser()
	return told
}

func TestADetailThatItsTypeDoesNotHaveIsNoticed(t *testing.T) {
	t.Parallel()
	for details, want := range map[string]bool{"lane": false, "count": false, "method": true, "secret": true} {
		e := domain.Event{Action: domain.ActionLaneLocked}.With(details, "x")
		if noticed := len(eventtype.Undocumented(e)) > 0; noticed != want {
			t.Errorf("%s: noticed %v, want %v", details, noticed, want)
		}
	}
	if len(eventtype.Undocumented(domain.Event{Action: "unknown"}.With("count", "1"))) == 0 {
		t.Error("the details of an unknown type are taken for documented")
	}
}
