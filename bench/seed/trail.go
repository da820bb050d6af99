package seed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// SeedTrail writes an audit trail into a deployment on PostgreSQL: one event through the store, all others by COPY.
func SeedTrail(ctx context.Context, databaseURL string, t Trail, progress func(done, all int)) error {
	store, err := repository.Open(ctx, databaseURL, repository.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	indexes, err := dropIndexes(ctx, conn, trailTable)
	if err != nil {
		return err
	}
	rows, err := t.learn(ctx, store, conn)
	if err != nil {
		return err
	}
	var done atomic.Int64
	count := func(events int) { progress(int(done.Add(int64(events))), t.Events) }
	errs := make([]error, copiers)
	var parts sync.WaitGroup
	for n := range copiers {
		from, to := t.Events*n/copiers, t.Events*(n+1)/copiers
		parts.Go(func() { errs[n] = t.copy(ctx, databaseURL, rows, from, to, count) })
	}
	parts.Wait()
	return errors.Join(append(errs, number(ctx, conn), settle(ctx, conn, indexes))...)
}

// number gives the events the positions that servers give to events as they are committed. The first server to start
// would else do that for all of them, beside what is measured.
func number(ctx context.Context, conn *pgx.Conn) error {
	for _, statement := range []string{
		"SET work_mem = '1GB'",
		"INSERT INTO event_sequence (tenant_id, position, event_id) SELECT tenant_id, row_number() OVER (ORDER BY event_id), event_id FROM " + trailTable,
		"UPDATE event_sequencer SET position = (SELECT count(*) FROM " + trailTable + "), snapshot = pg_current_snapshot()",
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("number the events: %w", err)
		}
	}
	return nil
}

const trailTable = "audit_events"

// learn commits one event, each of whose texts is found in its row but once, and takes that for the template.
func (t Trail) learn(ctx context.Context, store store.Store, conn *pgx.Conn) (template, error) {
	at := time.Date(2001, time.February, 3, 4, 5, 6, 789_012_000, time.UTC)
	model := domain.Event{
		TenantID: t.Tenant, ID: "00e38d5e-0000-7000-8000-000000000001", At: at,
		Action: "model.action", Outcome: domain.OutcomeRefused, UserID: "model-user",
		Actor: domain.Actor{Type: domain.ActorServiceKey, ID: "key_ofthehost"}, Address: "203.0.113.7",
		RequestID: "model-request", FactorID: "model-factor", Details: map[string]string{"model": "details"},
	}
	if err := errors.Join(store.Commit(ctx, []domain.Change{{TenantID: t.Tenant, Events: []domain.Event{model}}})...); err != nil {
		return nil, fmt.Errorf("commit the model of all events: %w", err)
	}
	if _, err := conn.Exec(ctx, "SET TIME ZONE 'UTC'"); err != nil { // for what COPY writes
		return nil, err
	}
	written := eventValues(model.ID, model.At, model.Action, model.Outcome, model.UserID, model.RequestID, model.FactorID, `{"model":"details"}`)
	// The texts are this package's own: no parameter is allowed here.
	where := fmt.Sprintf("FROM %s WHERE tenant_id = '%s' AND event_id = '%s'", trailTable, t.Tenant, model.ID)
	rows, err := learnTable(ctx, conn, where, written)
	if err != nil {
		return nil, fmt.Errorf("learn a row of %s: %w", trailTable, err)
	}
	if len(rows.holds()) != len(written) {
		return nil, errLayout
	}
	return rows, nil
}

// copy writes the events from a number on, up to another.
func (t Trail) copy(ctx context.Context, databaseURL string, rows template, from, to int, count func(events int)) error {
	reader, writer := io.Pipe()
	go func() { _ = writer.CloseWithError(t.feed(writer, rows, from, to, count)) }() // nil: the end
	err := copyInto(ctx, databaseURL, trailTable, reader)
	_ = reader.CloseWithError(errors.Join(err, io.ErrClosedPipe))
	return err
}

func (t Trail) feed(to io.Writer, rows template, from, until int, count func(events int)) error {
	var chunk []byte
	for n := from; n < until; {
		events := min(copyChunk, until-n)
		for range events {
			chunk = rows.append(chunk, t.event(n))
			n++
		}
		if _, err := to.Write(chunk); err != nil {
			return err
		}
		chunk = chunk[:0]
		count(events)
	}
	return nil
}
