package e2e_test

import (
	"fmt"
	"sync"
	"testing"
)

// Two replicas share one PostgreSQL. Each right code is sent to both at once,
// several times: exactly one of these logs in.
func TestTwoReplicasAcceptACodeExactlyOnce(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	key := s.createTenant(t, "acme")
	replicas := []host{{s.serve(t), key}, {s.serve(t), key}}
	var users sync.WaitGroup
	for i := range 6 {
		users.Go(func() {
			id := fmt.Sprintf("user-%d", i)
			p, _ := replicas[i%2].enroll(t, id)
			if n := acceptedOf(t, replicas, id, code(p.code(1))); n != 1 {
				t.Errorf("the code of %s logged in %d times, want once", id, n)
			}
		})
	}
	users.Wait()
}

// acceptedOf sends the same to all replicas at once, twice to each, and counts
// the successes. It must not send so often that a wait begins.
func acceptedOf(t *testing.T, replicas []host, id, body string) int {
	t.Helper()
	answers := make(chan answer, 2*len(replicas))
	var sent sync.WaitGroup
	for _, replica := range append(replicas, replicas...) {
		sent.Go(func() { answers <- replica.verify(t, id, body) })
	}
	sent.Wait()
	close(answers)
	accepted := 0
	for a := range answers {
		switch {
		case a.status == 200:
			accepted++
		case a.status != 422 || a.get("code") != "code_invalid":
			t.Errorf("a refused code was answered with %s", a.text)
		}
	}
	return accepted
}

// A key that is revoked at the command line ends on every replica.
func TestRevokedKeyEndsOnEveryReplica(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	s.createTenant(t, "acme")
	created := s.command(t, "apikey", "create", "acme", "--output", "json")
	key, id := field(t, created, "api_key"), field(t, created, "key_id")
	replicas := []host{{s.serve(t), key}, {s.serve(t), key}}
	for _, replica := range replicas {
		replica.call(t, "GET", "/v1/users", "").must(200)
	}
	s.command(t, "apikey", "revoke", "acme", id)
	for _, replica := range replicas {
		eventually(t, "the key is refused", func() bool {
			return replica.call(t, "GET", "/v1/users", "").status == 401
		})
	}
}
