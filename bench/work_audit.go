package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/countersign/countersign/bench/load"
)

const pathTrail = "/v1/audit-events"

// listing is a way to ask for a page of a trail.
type listing struct {
	measure string
	// query is that of the n-th time: users, windows and pages are others each time.
	query func(c *client, n int) string
}

// listings are the filters, and together those that a scan along one index answers slowly.
var listings = []listing{
	{"audit-list-all", fixed("")},
	{"audit-list-user", func(c *client, n int) string { return "user_id=" + someUser(c, n) }},
	{"audit-list-frequent", fixed("action=verification")},
	{"audit-list-rare", fixed("action=user.reset")},
	{"audit-list-absent", fixed("action=two_factor.disabled")},
	{"audit-list-long-ago", fixed("action=user.created")},
	{"audit-list-failure", fixed("outcome=failure")},
	{"audit-list-refused", fixed("outcome=refused")},
	{"audit-list-both", fixed("action=verification&outcome=failure")},
	{"audit-list-both-absent", fixed("action=ticket.issued&outcome=failure")},
	{"audit-list-window", window},
	{"audit-list-window-rare", func(c *client, n int) string { return window(c, n) + "&action=user.reset" }},
	{"audit-list-window-refused", func(c *client, n int) string { return window(c, n) + "&outcome=refused" }},
	{"audit-list-months-rare", func(c *client, _ int) string { return between(c, 300*day, 120*day) + "&action=policy.changed" }},
	{"audit-list-user-action", func(c *client, n int) string { return "user_id=" + someUser(c, n) + "&action=token.consumed" }},
	{"audit-list-busiest-rare", func(c *client, _ int) string { return "user_id=" + c.trail.Busiest() + "&action=user.reset" }},
	{"audit-list-deep", func(c *client, n int) string { return "cursor=" + deepCursor(c, n) }},
}

const day = 24 * time.Hour

func fixed(query string) func(*client, int) string { return func(*client, int) string { return query } }

// scattered is odd and prime, so that events far apart follow each other.
const scattered = 1_000_003

func someUser(c *client, n int) string { return c.trail.UserID(n * scattered % c.trail.Events) }

// window is ten minutes, a month back.
func window(c *client, n int) string {
	ago := 30*day + time.Duration(n%144)*10*time.Minute
	return between(c, ago, ago-10*time.Minute)
}

// between names times by how long before the end of the trail they are.
func between(c *client, from, to time.Duration) string {
	text := func(ago time.Duration) string {
		return url.QueryEscape(c.trail.Until.Add(-ago).UTC().Format(time.RFC3339))
	}
	return "from=" + text(from) + "&to=" + text(to)
}

func (c *client) listing(of listing) load.Work {
	return func(conn *load.Conn) (int, error) {
		status, _, err := c.get(conn, pathTrail+"?"+of.query(c, int(c.listed.Add(1))))
		return status, err
	}
}

// listTrail asks by all filters in turn.
func (c *client) listTrail(conn *load.Conn) (int, error) {
	n := int(c.listed.Add(1))
	status, _, err := c.get(conn, pathTrail+"?"+listings[n%len(listings)].query(c, n))
	return status, err
}

// prunedAtOnce is how many events one call of the command deletes.
const prunedAtOnce = 10_000

// pruning deletes the next events by the command, until half of them are gone.
func pruning(c *client) load.Work {
	return func(*load.Conn) (int, error) {
		n := int(c.pruned.Add(prunedAtOnce))
		if n > c.trail.Events/2 {
			return 0, load.ErrEnd
		}
		if err := c.prune(c.trail.At(n)); err != nil {
			return 0, err
		}
		return http.StatusOK, nil
	}
}

// learnCursor keeps a cursor of the list. How it is laid out is not known here, but that it names an event: to walk to
// the middle of the trail would take an hour.
func (c *client) learnCursor(address string) error {
	conn, err := load.Dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	status, body, err := c.get(conn, pathTrail)
	if err != nil {
		return err
	}
	var page struct {
		Events []struct {
			ID string `json:"event_id"`
		} `json:"events"`
		Next string `json:"next_cursor"`
	}
	if err := json.Unmarshal(body, &page); err != nil || len(page.Events) == 0 {
		return fmt.Errorf("the first page of the audit trail is answered %d: %s", status, body)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(page.Next)
	c.cursor, c.lastEvent = string(decoded), page.Events[len(page.Events)-1].ID
	if err != nil || !strings.Contains(c.cursor, c.lastEvent) {
		return fmt.Errorf("the cursor %q names no event: it is laid out in another way than this benchmark knows", page.Next)
	}
	return nil
}

// deepCursor is one in the middle third of the trail.
func deepCursor(c *client, n int) string {
	third := c.trail.Events / 3
	deep := c.trail.EventID(third + n*scattered%third)
	return base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(c.cursor, c.lastEvent, deep)))
}
