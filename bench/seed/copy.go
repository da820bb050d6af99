package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// model is the number of the person whose row the store writes, beyond those of all others.
const model = 99_999_999

var errLayout = errors.New("the store wrote a row in which something of what it was given is not found: it is laid out in another way than this benchmark knows")

// tableTemplate is a table with the template of its rows.
type tableTemplate struct {
	table string
	rows  template
}

// tables are those in which a person has a row, the codes only of those who are enrolled.
func tables(enrolled bool) []string {
	if enrolled {
		return []string{"users", "recovery_code_sets"}
	}
	return []string{"users"}
}

// learn commits one person through the store, takes the rows for templates, and removes them.
func learn(ctx context.Context, store store.Store, conn *pgx.Conn, s sealer, p person) ([]tableTemplate, error) {
	change, err := s.user(p)
	if err != nil {
		return nil, err
	}
	if err := store.Commit(ctx, []domain.Change{change})[0]; err != nil {
		return nil, fmt.Errorf("commit the model of all users: %w", err)
	}
	var templates []tableTemplate
	held := map[int]bool{}
	for _, table := range tables(p.enrolled) {
		// The texts are this package's own: no parameter is allowed here.
		where := fmt.Sprintf("FROM %s WHERE tenant_id = '%s' AND user_id = '%s'", table, p.tenant, p.id())
		rows, err := learnTable(ctx, conn, where, values(change))
		if err != nil {
			return nil, fmt.Errorf("learn a row of %s: %w", table, err)
		}
		for value := range rows.holds() {
			held[value] = true
		}
		templates = append(templates, tableTemplate{table, rows})
	}
	if len(held) != len(values(change)) {
		return nil, errLayout
	}
	return templates, nil
}

func learnTable(ctx context.Context, conn *pgx.Conn, where string, written [][]byte) (template, error) {
	var row bytes.Buffer
	if _, err := conn.PgConn().CopyTo(ctx, &row, "COPY (SELECT * "+where+") TO STDOUT"); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "DELETE "+where); err != nil {
		return nil, err
	}
	return newTemplate(row.Bytes(), written)
}

// copyRange writes people of one kind, from a number on.
type copyRange struct {
	sealer   sealer
	tables   []tableTemplate
	first    person
	people   int
	progress func(people int)
}

const copyChunk = 512 // people between two writes to each connection

// run feeds one connection per table at the same time, since a person's two rows are computed together.
func (r copyRange) run(ctx context.Context, databaseURL string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(r.tables)+1)
	writers := make([]*io.PipeWriter, len(r.tables))
	var copies sync.WaitGroup
	for n, s := range r.tables {
		reader, writer := io.Pipe()
		writers[n] = writer
		copies.Go(func() {
			errs[n] = copyInto(ctx, databaseURL, s.table, reader)
			_ = reader.CloseWithError(errors.Join(errs[n], io.ErrClosedPipe))
		})
	}
	errs[len(r.tables)] = r.feed(writers)
	for _, w := range writers {
		_ = w.CloseWithError(errs[len(r.tables)]) // nil: the end
	}
	copies.Wait()
	return errors.Join(errs...)
}

func (r copyRange) feed(writers []*io.PipeWriter) error {
	buffers := make([][]byte, len(writers))
	p := r.first
	for done := 0; done < r.people; {
		chunk := min(copyChunk, r.people-done)
		for range chunk {
			change, err := r.sealer.user(p)
			if err != nil {
				return err
			}
			exchanged := values(change)
			for n, s := range r.tables {
				buffers[n] = s.rows.append(buffers[n], exchanged)
			}
			p.number++
			done++
		}
		for n, w := range writers {
			if _, err := w.Write(buffers[n]); err != nil {
				return err
			}
			buffers[n] = buffers[n][:0]
		}
		r.progress(chunk)
	}
	return nil
}

func copyInto(ctx context.Context, databaseURL, table string, rows io.Reader) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.PgConn().CopyFrom(ctx, rows, "COPY "+table+" FROM STDIN"); err != nil {
		return fmt.Errorf("copy into %s: %w", table, err)
	}
	return nil
}
