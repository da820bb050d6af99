package migrate

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"
)

// A statement that is cut off costs its connection, and what was cut off may be
// told to the next statement on it.
func TestLookingForBlockersIsNotCutOffWhenTheWorkIsDone(t *testing.T) {
	t.Parallel()
	answer := &slowAnswer{asked: make(chan struct{}), due: make(chan struct{})}
	db := sql.OpenDB(answer)
	t.Cleanup(func() { _ = db.Close() })
	w := lockWait{run: &run{Migrator: &Migrator{Engine: Engine{sessions: "migrating"}}, db: db}}
	ctx, cancel := context.WithCancel(t.Context())
	err := w.try(ctx, func(context.Context) error {
		<-answer.asked
		cancel()
		close(answer.due)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if answer.cut != nil {
		t.Errorf("the statement was ended: %v", answer.cut)
	}
}

// slowAnswer is a database whose one statement is answered when that is due.
type slowAnswer struct {
	driver.Conn
	asked, due chan struct{}
	cut        error
}

func (a *slowAnswer) Connect(context.Context) (driver.Conn, error) { return a, nil }
func (a *slowAnswer) Driver() driver.Driver                        { return nil }
func (a *slowAnswer) Close() error                                 { return nil }

func (a *slowAnswer) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	close(a.asked)
	<-a.due
	a.cut = ctx.Err()
	return nil, errors.New("no answer")
}
