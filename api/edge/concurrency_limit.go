package edge

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/admission"
	"github.com/countersign/countersign/service/domain"
)

// DefaultMaxInFlight is how many calls are decided at once. What of them one
// tenant may hold, three quarters, fits into one commit, which takes 128: so
// whoever comes waits for the commit that is running, and goes with the next.
// Beside 320 connections of another tenant, 256 doubled the time of a quiet one
// and let no more through, and 96 let a tenth less through.
const DefaultMaxInFlight = 160

const (
	// mostWaiting bounds the memory of requests whose turn has not come. Who waits
	// costs less than who is sent away and comes again.
	mostWaiting = 2048
	// longestWait is less than what a host waits for an answer.
	longestWait = 5 * time.Second
	// mostLists is how many lists run at once. They share a few connections to
	// the database, and read many rows.
	mostLists        = 4
	mostListsWaiting = 64
	// listsRest leaves two thirds of the time to a tenant with few calls beside
	// lists of another. With one its p99 was 1.36 times what it was alone, with two
	// 1.24, with three 1.02.
	listsRest = 2
	// sparseMemory is longer than the pause between two calls of a client that
	// sends one after the other, and short, since it costs a busy tenant batches.
	sparseMemory = 50 * time.Millisecond
	// mostAnswers is how many answers of lists are in memory at once, those that
	// their clients are slow to read among them.
	mostAnswers = 256
	// mostAuthentications is how many credentials are looked at at once. From
	// memory that takes microseconds; what fills the room waits for the database.
	mostAuthentications = 128
	// mostUnknownCallers is how many may wait within for what memory does not tell, such
	// as an unknown key or whose origin a page has. They share reads or wait in
	// lookups: this bounds their memory alone, and one address gets half of it.
	mostUnknownCallers = 4096
	// mostLookups is how many unknown keys the store is asked for at once, by
	// address in turn.
	mostLookups        = 4
	mostLookupsWaiting = mostUnknownCallers
)

// concurrencyLimit bounds what is done at once, and lets tenants take turns.
// Whoever still sends a body holds no place, so that slow senders cannot take
// them all; streams have a limit of their own.
type concurrencyLimit struct {
	calls, lists, authentications *admission.Queue
	answers                       *admission.Queue // of lists
	polls                         *admission.Queue
	unknownCallers, lookups       *admission.Queue // by address
}

// besideSparse is how many calls a busy tenant has at once beside one with few. A
// call takes its part of the processors, and queues for them behind those of the
// others: four for each processor keep that queue short, and leave a busy tenant
// a third of what it gets alone. docs/performance.md has more and fewer of them.
func besideSparse() int { return 4 * runtime.GOMAXPROCS(0) }

func newConcurrencyLimit(maxInFlight int) *concurrencyLimit {
	sparse := admission.NewSparse(sparseMemory)
	return &concurrencyLimit{
		calls:           admission.New(admission.Limits{Running: maxInFlight, Share: 3, BesideSparse: besideSparse(), Sparse: sparse, Waiting: mostWaiting, MaxWait: longestWait}),
		lists:           admission.New(admission.Limits{Running: mostLists, Share: 1, BesideSparse: 1, Rest: listsRest, Sparse: sparse, Waiting: mostListsWaiting, MaxWait: longestWait}),
		answers:         admission.New(admission.Limits{Running: mostAnswers, Share: 1, Waiting: mostListsWaiting, MaxWait: longestWait}),
		polls:           admission.New(admission.Limits{Running: mostPolls, Share: 1, PerTenant: pollsPerTenant, Waiting: mostWaiting, MaxWait: longestWait}),
		authentications: admission.New(admission.Limits{Running: mostAuthentications, Share: 3, Waiting: 2 * mostWaiting, MaxWait: longestWait}),
		unknownCallers:  admission.New(admission.Limits{Running: mostUnknownCallers, Share: 1, Waiting: mostWaiting, MaxWait: longestWait}),
		lookups:         admission.New(admission.Limits{Running: mostLookups, Share: 1, Waiting: mostLookupsWaiting, MaxWait: longestWait}),
	}
}

// lists are the operations that read many rows.
var lists = map[string]bool{"followEvents": true, "listUsers": true, "exportUser": true, "usersStatus": true, "listAuditEvents": true, "previewPolicy": true, "listTenants": true}

// limit admits requests to their operation.
func (l *concurrencyLimit) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		if known.operation == nil || known.operation.public || known.operation.stream {
			return next(c)
		}
		if waits(c, known) {
			return l.poll(c, next)
		}
		if lists[known.operation.id] && !asksForItself(known) {
			return l.list(c, next)
		}
		return admit(c.Request().Context(), l.calls, known.caller.TenantID, func() error { return next(c) })
	}
}

// asksForItself reports that a ticket can read the status of its own user alone:
// that is a login, and no list.
func asksForItself(known *call) bool {
	ticket := known.caller.Ticket
	return known.operation.id == "usersStatus" && ticket != nil && ticket.Purpose != domain.PurposeAdmin
}

// list sends the answer after it has left the place among lists, which who is
// slow to read would hold until the connection times out.
func (l *concurrencyLimit) list(c echo.Context, next echo.HandlerFunc) error {
	ctx, tenant := c.Request().Context(), CallerOf(c.Request().Context()).TenantID
	return admit(ctx, l.answers, tenant, func() error {
		var answer bufferedAnswer
		err := admit(ctx, l.lists, tenant, func() error { return answer.record(c, next) })
		if err != nil {
			return err
		}
		return answer.send(c.Response().Writer)
	})
}

// admit runs work when its turn comes; else it is domain.ErrUnavailable.
func admit(ctx context.Context, queue *admission.Queue, tenant string, work func() error) error {
	err := queue.Do(ctx, tenant, work)
	if err == admission.ErrFull || err == admission.ErrWaited { //nolint:errorlint // of this queue, and of none within
		err = fmt.Errorf("%w: %w", domain.ErrUnavailable, err)
	}
	return err
}
