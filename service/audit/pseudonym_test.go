package audit

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/eventtype"
)

// A detail that is added is looked at: it would else go from the events of whoever is
// erased, or stay in them, and nobody had thought of it.
func TestOfEveryDetailItIsSaidWhetherAnErasureKeepsIt(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for name := range keptDetails {
		said[name] = true
	}
	documented := slices.Clone(eventtype.DetailsOfAll)
	for _, e := range eventtype.All {
		documented = append(documented, e.Details...)
	}
	for _, name := range documented {
		if _, known := keptDetails[name]; !known {
			t.Errorf("say in keptDetails whether %q tells who a person is", name)
		}
		delete(said, name)
	}
	for name := range said {
		t.Errorf("no event has %q in its details", name)
	}
}

func TestAnEventWithoutThePersonKeepsWhatItSaysOfOthers(t *testing.T) {
	t.Parallel()
	event := func(about string, by domain.Actor, details map[string]string) domain.Event {
		return domain.Event{
			TenantID: "acme", ID: "1", At: time.Unix(7, 0), Action: domain.ActionVerification, Outcome: domain.OutcomeFailure, UserID: about, Actor: by,
			Address: "192.0.2.1", RequestID: "req", FactorID: "fct_1", Reason: "Ada lost her phone", Details: details,
		}
	}
	ticket := func(id string) domain.Actor {
		return domain.Actor{Type: domain.ActorTicket, ID: "tkt_" + id, UserID: id}
	}
	key := domain.Actor{Type: domain.ActorServiceKey, ID: "key_1"}
	all := map[string]string{
		"method": "totp", "token": "jti", "step_up": "jti", "ticket": "tkt", "browser": "brw", "credentials_changed_at": "t", "unheard_of": "x",
		"given_by": "ada", "requested_user_id": "eve",
	}
	kept := map[string]string{"method": "totp", "given_by": "erased_1", "requested_user_id": "eve"}
	for name, c := range map[string]struct {
		was  domain.Event
		want func(*domain.Event)
	}{
		"about them, by them": {event("ada", ticket("ada"), all), func(e *domain.Event) {
			e.UserID, e.Actor, e.Address, e.RequestID, e.Reason = "erased_1", domain.Actor{Type: domain.ActorTicket, ID: "erased_1", UserID: "erased_1"}, "", "", ""
			e.Details = kept
		}},
		"about them, by the host": {event("ada", key, all), func(e *domain.Event) {
			e.UserID, e.RequestID, e.Reason, e.Details = "erased_1", "", "", kept
		}},
		"about them, by another": {event("ada", ticket("eve"), all), func(e *domain.Event) {
			e.UserID, e.RequestID, e.Reason, e.Details = "erased_1", "", "", kept
		}},
		"about another, by them": {event("eve", ticket("ada"), all), func(e *domain.Event) {
			e.Actor, e.Address, e.RequestID = domain.Actor{Type: domain.ActorTicket, ID: "erased_1", UserID: "erased_1"}, "", ""
			e.Details = kept
		}},
		"about another, by them through the host": {event("eve", domain.Actor{Type: domain.ActorServiceKey, ID: "key_1", UserID: "ada"}, nil), func(e *domain.Event) {
			e.Actor.UserID, e.RequestID, e.Details = "erased_1", "", map[string]string{}
		}},
		"about another, who used what they gave": {event("eve", ticket("eve"), all), func(e *domain.Event) {
			e.Details = cloned(all, "given_by", "erased_1")
		}},
	} {
		want := c.was
		c.want(&want)
		if diff := cmp.Diff(want, Pseudonymize(c.was, "ada", "erased_1")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if all["given_by"] != "ada" {
		t.Error("what was read was changed: it is what a row is compared with")
	}
}

func cloned(details map[string]string, name, value string) map[string]string {
	return domain.Event{Details: details}.With(name, value).Details
}
