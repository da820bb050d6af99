package e2e_test

import (
	"encoding/json"
	"testing"
	"time"
)

// What was used in the last minute of a process is written when it ends.
func TestAListOfKeysTellsWhichAreInUse(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "acme")
		s.command(t, "apikey", "create", "acme", "--name", "idle", "--expires-in", "90d")
		replica := s.serve(t)
		if answer := curl(t, key, "GET", replica.url+"/v1/policy", ""); answer.status != 200 {
			t.Fatalf("answered %d", answer.status)
		}
		replica.stop()
		var listed struct {
			Keys []struct {
				Name       string     `json:"name"`
				ExpiresAt  *time.Time `json:"expires_at"`
				LastUsedAt *time.Time `json:"last_used_at"`
			} `json:"api_keys"`
		}
		if err := json.Unmarshal([]byte(s.command(t, "apikey", "list", "acme", "--output", "json")), &listed); err != nil {
			t.Fatal(err)
		}
		for _, k := range listed.Keys {
			used, expires := k.Name == "first", k.Name == "idle"
			if (k.LastUsedAt != nil) != used || (k.ExpiresAt != nil) != expires {
				t.Errorf("key %q was used at %v and expires at %v", k.Name, k.LastUsedAt, k.ExpiresAt)
			}
		}
		if len(listed.Keys) != 2 {
			t.Errorf("%d keys", len(listed.Keys))
		}
	})
}
