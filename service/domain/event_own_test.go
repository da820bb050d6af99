package domain_test

import (
	"testing"

	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/service/domain"
)

func TestEveryActionIsToldToItsUserOrKeptFromThem(t *testing.T) {
	t.Parallel()
	declared := apptest.Constants(t, "event.go", "Action")
	if len(declared) < 20 {
		t.Fatalf("found only %d actions in the source", len(declared))
	}
	for _, action := range declared {
		if _, decided := domain.ToldToUser[domain.Action(action)]; !decided {
			t.Errorf("say in toldToUser, event_own.go, whether users see %s among the events about themselves", action)
		}
	}
}
