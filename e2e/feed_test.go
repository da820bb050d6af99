package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// events are the ids of a page's events, in order.
func (a answer) events() (ids []string) {
	a.t.Helper()
	var page struct {
		Events []struct {
			EventID string `json:"event_id"`
		}
	}
	if err := json.Unmarshal([]byte(a.text), &page); err != nil {
		a.t.Fatal(err)
	}
	for _, e := range page.Events {
		ids = append(ids, e.EventID)
	}
	return ids
}

// follow reads the feed from a cursor on, page after page, until enough says so.
func (h host) follow(t *testing.T, cursor string, enough func(ids []string) bool) (ids []string, next string) {
	t.Helper()
	for next = cursor; !enough(ids); {
		path := "/v1/events?limit=200&wait=1"
		if next != "" {
			path += "&after=" + next
		}
		page := h.call(t, "GET", path, "").must(200)
		ids, next = append(ids, page.events()...), page.get("next_cursor")
	}
	return ids, next
}

// trail reads the whole audit trail, newest first.
func (h host) trail(t *testing.T) (ids []string) {
	t.Helper()
	for path := "/v1/audit-events?limit=200"; ; {
		page := h.call(t, "GET", path, "").must(200)
		ids = append(ids, page.events()...)
		next, more := page.body["next_cursor"].(string)
		if !more {
			return ids
		}
		path = "/v1/audit-events?limit=200&cursor=" + next
	}
}

// Three replicas write, one of them is killed while it does, and whoever follows is told of
// each event of the trail once, in an order that stays.
func TestTheFeedOfThreeReplicasSkipsNothingWhenOneIsKilled(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	key := s.createTenant(t, "acme")
	logs := []string{filepath.Join(t.TempDir(), "one.log"), filepath.Join(t.TempDir(), "two.log")}
	victim := s.serve(t)
	hosts := []host{
		{s.with("COUNTERSIGN_AUDIT_LOG=" + logs[0]).serve(t), key}, {s.with("COUNTERSIGN_AUDIT_LOG=" + logs[1]).serve(t), key}, {victim, key},
	}
	const users, until = 90, 20 // of each; the victim is killed when it has that many
	var writing sync.WaitGroup
	for n, h := range hosts {
		writing.Go(func() {
			for i := range users {
				if h.server == victim && i == until {
					victim.kill()
					return
				}
				h.putUser(t, fmt.Sprintf("user-%d-%d", n, i))
			}
		})
	}
	written := make(chan struct{})
	go func() { writing.Wait(); close(written) }()
	told, cursor := hosts[0].follow(t, "", func([]string) bool {
		select {
		case <-written:
			return true
		default:
			return false
		}
	})
	trail := hosts[1].trail(t)
	rest, _ := hosts[1].follow(t, cursor, func(ids []string) bool { return len(told)+len(ids) >= len(trail) })
	told = append(told, rest...)
	times := map[string]int{}
	for _, id := range told {
		times[id]++
	}
	for _, id := range trail {
		if times[id] != 1 {
			t.Errorf("event %s was told %d times", id, times[id])
		}
	}
	if len(told) != len(trail) || len(trail) < 2*users+until {
		t.Errorf("%d events were told, and the trail has %d", len(told), len(trail))
	}
	again, _ := hosts[1].follow(t, "", func(ids []string) bool { return len(ids) >= len(trail) })
	if strings.Join(again, " ") != strings.Join(told, " ") {
		t.Error("read again, the feed has another order")
	}
	for i, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(text), `"action":"user.created"`); lines != users {
			t.Errorf("the audit log of replica %d has %d users, want %d", i, lines, users)
		}
	}
}
