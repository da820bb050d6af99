package repository_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

// TestThePositionOfATimeIsBeforeEveryEventSince: positions are in the order of commits, and
// some commit minutes after their time. None of them may be missed, and nothing that is
// long over is told again.
func TestThePositionOfATimeIsBeforeEveryEventSince(t *testing.T) {
	t.Parallel()
	onEachTrail(t, func(t *trail) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		const n = 2500
		var events []domain.Event
		for i := range n {
			at := day(1).Add(time.Duration(i) * time.Second)
			if i%2 == 0 {
				at = at.Add(-time.Duration(random.IntN(590)) * time.Second)
			}
			events = append(events, domain.Event{
				TenantID: "acme", ID: t.ids.Next(at), At: at, Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess,
				UserID: fmt.Sprint(i), Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1"},
			})
		}
		for _, e := range events { // one by one, which is their order
			if err := t.Commit(t.Context(), []domain.Change{{TenantID: "acme", Events: []domain.Event{e}}})[0]; err != nil {
				t.Fatal(err)
			}
			if random.IntN(100) == 0 {
				if _, err := t.Feed().SequenceEvents(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := t.Feed().SequenceEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
		told, err := t.Feed().EventsAfter(t.Context(), "", -1, n+1)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			since := day(1).Add(time.Duration(random.IntN(n+200)-100) * time.Second)
			first, _ := identifier.EventRange(domain.EventFilter{From: since})
			want := int64(n)
			if i := slices.IndexFunc(told, func(e domain.SequencedEvent) bool { return e.ID >= first }); i >= 0 {
				want = told[i].Position - 1
			}
			if got, err := t.Feed().PositionBefore(t.Context(), since); err != nil || got != want {
				t.Errorf("since %v it is %d, want %d: %v", since, got, want, err)
			}
		}
	})
}
