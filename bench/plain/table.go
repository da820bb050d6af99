package plain

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// tables are copies of the product's, in the same database: with the columns, defaults, checks and indexes, and the room
// in the pages of users, but without the triggers, which a plain handler would not have.
var tables = []string{
	"CREATE SCHEMA plain",
	"CREATE TABLE plain.users (LIKE public.users INCLUDING ALL) WITH (fillfactor = 75)",
	"CREATE TABLE plain.audit_events (LIKE public.audit_events INCLUDING ALL)",
	"INSERT INTO plain.users SELECT * FROM public.users",
	"VACUUM (ANALYZE) plain.users, plain.audit_events",
	"CHECKPOINT",
}

// Copy makes the tables that the handler works on, with the users that there are, in a database of the product's.
func Copy(ctx context.Context, databaseURL string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range tables {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
