package e2e_test

import (
	"testing"
)

// What was counted in the last minute of a process is in the trail when it ends.
func TestRefusalsThatWereCountedOutliveTheProcess(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "acme")
		before := host{s.serve(t), key}
		before.putUser(t, "mallory")
		ticket := before.call(t, "POST", "/v1/users/mallory/tickets", `{"purpose":"login"}`).must(201).get("ticket")
		for range 4 {
			curl(t, ticket, "GET", before.url+"/v1/users/ada", "").refused(403, "forbidden")
		}
		before.stop()

		after := host{s.serve(t), key}
		listed := after.call(t, "GET", "/v1/audit-events?action=access.refused", "").must(200)
		events, ok := listed.body["events"].([]any)
		if !ok || len(events) != 2 {
			t.Fatalf("the trail has %s", listed.text)
		}
		for i, want := range []struct{ detail, value string }{{"count", "3"}, {"requested_user_id", "ada"}} {
			event, _ := events[i].(map[string]any)
			details, _ := event["details"].(map[string]any)
			if event["user_id"] != "mallory" || details[want.detail] != want.value || details["operation"] != "get_user" {
				t.Errorf("event %d is %v, want %s of %s", i, event, want.value, want.detail)
			}
		}
	})
}
