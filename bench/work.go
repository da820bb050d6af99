package main

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/plain"
	"github.com/countersign/countersign/bench/seed"
)

// client is what all requests to a deployment share.
type client struct {
	key    string
	people *seed.People
	// cursors are those of the list's second half; see [client.walk].
	cursors []string
	// trail is listed; cursor is one of its list, decoded, whose page ends with lastEvent. See [client.learnCursor].
	trail             seed.Trail
	cursor, lastEvent string
	listed            atomic.Int64 // so far
	// prune deletes the events of before a time; pruned is how many were asked for so far.
	prune   func(before time.Time) error
	pruned  atomic.Int64
	imports atomic.Int64 // so far
}

func (c *client) post(conn *load.Conn, path string, body []byte) (int, []byte, error) {
	return conn.Do(load.Request{Method: http.MethodPost, Path: path, Key: c.key, Body: body})
}

func (c *client) get(conn *load.Conn, path string) (int, []byte, error) {
	return conn.Do(load.Request{Method: http.MethodGet, Path: path, Key: c.key})
}

// work is what a measure does.
func (c *client) work(measure string) (load.Work, error) {
	all := map[string]load.Work{
		verify:           c.verify,
		verifyAgain:      c.verify,
		plainRead:        verifyingBelow(c, plain.Read),
		plainKnown:       verifyingBelow(c, plain.Known),
		growth:           c.verify,
		"recovery-code":  c.verifyRecoveryCode,
		decision:         c.decideNext,
		login:            c.login,
		enrollmentBegin:  c.beginEnrollment,
		enrollment:       c.enroll,
		"status-1000":    c.status,
		"import":         c.importUsers,
		"list":           c.list,
		"list-deep":      c.listDeep(),
		"list-prefix":    c.listPrefix,
		"list-letter":    c.listLetter,
		"policy-preview": c.preview,
		auditNeighbour:   c.verify,
		auditLists:       c.listTrail,
		auditPruned:      c.verify,
		auditPrune:       pruning(c),
		fairness:         c.verify,
		fairnessHalf:     c.verify,
		fairnessNoisy:    c.verifyOrDecide,

		fairnessImpatient:      c.verify,
		fairnessNoisyImpatient: c.verifyOrDecide,
	}
	for _, of := range listings {
		all[of.measure] = c.listing(of)
	}
	work, ok := all[measure]
	if !ok {
		return nil, fmt.Errorf("nothing is known of the measure %q", measure)
	}
	return work, nil
}

// ended turns "nobody is left" into the end of the cell.
func ended(err error) error {
	if errors.Is(err, seed.ErrSpent) {
		return load.ErrEnd
	}
	return err
}

func (c *client) verify(conn *load.Conn) (int, error) { return verifyBelow(c, conn, "/v1/users/") }

// verifyingBelow is a verification at another resource than the product's.
func verifyingBelow(c *client, path string) load.Work {
	return func(conn *load.Conn) (int, error) { return verifyBelow(c, conn, path) }
}

func verifyBelow(c *client, conn *load.Conn, path string) (int, error) {
	id, code, err := c.people.Code(time.Now())
	if err != nil {
		return 0, ended(err)
	}
	status, _, err := c.post(conn, path+id+"/verify", []byte(`{"code":"`+code+`"}`))
	return status, err
}

// verifyOrDecide is a decision where nobody has a code left, so that a machine faster than its tenant is not idle.
func (c *client) verifyOrDecide(conn *load.Conn) (int, error) {
	status, err := c.verify(conn)
	if errors.Is(err, load.ErrEnd) {
		return c.decide(conn)
	}
	return status, err
}

func (c *client) verifyRecoveryCode(conn *load.Conn) (int, error) {
	id, code, err := c.people.RecoveryCode()
	if err != nil {
		return 0, ended(err)
	}
	status, _, err := c.post(conn, "/v1/users/"+id+"/verify", []byte(`{"recovery_code":"`+code+`"}`))
	return status, err
}

func decisionOn(id string) []byte { return []byte(`{"user_id":"` + id + `","first_factor":["pwd"]}`) }

func (c *client) decide(conn *load.Conn) (int, error) { return c.decideOn(conn, c.people.UserID()) }

// decideNext decides about those whom a verification would be of, in the same order.
func (c *client) decideNext(conn *load.Conn) (int, error) { return c.decideOn(conn, c.people.Next()) }

func (c *client) decideOn(conn *load.Conn, id string) (int, error) {
	status, _, err := c.post(conn, "/v1/decisions", decisionOn(id))
	return status, err
}

// login is a decision and the verification that follows it.
func (c *client) login(conn *load.Conn) (int, error) {
	id, code, err := c.people.Code(time.Now())
	if err != nil {
		return 0, ended(err)
	}
	status, err := c.decideOn(conn, id)
	if err != nil || status != http.StatusOK {
		return status, err
	}
	status, _, err = c.post(conn, "/v1/users/"+id+"/verify", []byte(`{"code":"`+code+`","first_factor":["pwd"]}`))
	return status, err
}

const statusIDs = 1000

func (c *client) status(conn *load.Conn) (int, error) {
	body := []byte(`{"user_ids":[`)
	for n := range statusIDs {
		if n > 0 {
			body = append(body, ',')
		}
		body = append(body, `"`+c.people.UserID()+`"`...)
	}
	status, _, err := c.post(conn, "/v1/users/status", append(body, "]}"...))
	return status, err
}
