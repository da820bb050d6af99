package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// versionTable is where goose keeps which migrations were applied: a table of our
// own, since a host may keep its own migrations in the same schema, with goose,
// in the table that goose makes.
const versionTable = "countersign_schema_versions"

// sharedTable is what goose calls it. The releases before version 3 of the schema
// used it. It is left as it is: replicas of such a release ask it when they start.
const sharedTable = goose.DefaultTablename

// inSharedTable are the versions that were ever kept there, each with columns by
// which it is known to be ours: a host's migrations have the same numbers.
var inSharedTable = map[int64][]string{
	1: {
		"tenants.policy_version", "service_keys.hash", "users.incarnation", "headcounts.affected", "recovery_code_sets.sealed",
		"audit_events.event_id", "spent_tokens.token_id", "answers.sealed", "keys.state",
	},
	2: {"tenants.display_name", "service_keys.expires_at", "service_keys.last_used_at"},
}

// schemaState is what a database says about its schema.
type schemaState struct {
	sources []*goose.Source
	applied map[int64]time.Time
	kept    bool // in a table of our own
}

// version is the last that was applied.
func (s schemaState) version() int64 {
	last := int64(0)
	for version := range s.applied {
		last = max(last, version)
	}
	return last
}

func (s schemaState) pending() []*goose.Source {
	last := s.version()
	return slices.DeleteFunc(slices.Clone(s.sources), func(source *goose.Source) bool { return source.Version <= last })
}

// complete reports that there is nothing to do.
func (s schemaState) complete() bool { return s.kept && len(s.pending()) == 0 }

// schema asks without goose's provider, which would make its table.
func (m *Migrator) schema(ctx context.Context) (schemaState, error) {
	state, err := m.readSchema(ctx, m.DB)
	if err != nil {
		return schemaState{}, fmt.Errorf("read the version of the schema: %w", err)
	}
	return state, nil
}

func (m *Migrator) readSchema(ctx context.Context, db *sql.DB) (state schemaState, err error) {
	provider, err := m.provider(db)
	if err != nil {
		return schemaState{}, err
	}
	state.sources = provider.ListSources()
	columns, err := readColumns(ctx, db, m.Engine.columns)
	if err != nil {
		return schemaState{}, err
	}
	state.kept = columns[versionTable+".version_id"]
	switch {
	case state.kept:
		state.applied, err = readVersions(ctx, db, versionTable)
	case columns[sharedTable+".version_id"]:
		state.applied, err = readVersions(ctx, db, sharedTable)
		for version := range state.applied {
			if !isOurs(version, columns) {
				delete(state.applied, version)
			}
		}
	}
	return state, err
}

func isOurs(version int64, columns map[string]bool) bool {
	marks, known := inSharedTable[version]
	return known && !slices.ContainsFunc(marks, func(mark string) bool { return !columns[mark] })
}

// querier is a database, or one of its transactions.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readColumns returns those of the schema's tables, as table.column.
func readColumns(ctx context.Context, db querier, query string) (map[string]bool, error) {
	columns := map[string]bool{}
	err := scanEach(ctx, db, query, func(scan func(...any) error) error {
		var column string
		err := scan(&column)
		columns[column] = true
		return err
	})
	return columns, err
}

func readVersions(ctx context.Context, db querier, table string) (map[int64]time.Time, error) {
	versions := map[int64]time.Time{}
	query := "SELECT version_id, tstamp FROM " + table + " WHERE is_applied AND version_id > 0"
	err := scanEach(ctx, db, query, func(scan func(...any) error) error {
		var version int64
		var at time.Time
		err := scan(&version, &at)
		versions[version] = at
		return err
	})
	return versions, err
}

func scanEach(ctx context.Context, db querier, query string, row func(scan func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// keepVersions makes our table where it is missing, with what the shared one says
// of our versions, and for whoever may read that one.
func (r *run) keepVersions(ctx context.Context) error {
	schema, err := r.schema(ctx)
	if err != nil || schema.kept {
		return err
	}
	table, err := database.NewStore(r.Engine.dialect, versionTable)
	if err != nil {
		return err
	}
	r.expected = -1
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect once it is committed
	if err := table.CreateVersionTable(ctx, tx); err != nil {
		return err
	}
	for _, version := range append([]int64{0}, sortedVersions(schema.applied)...) {
		if err := table.Insert(ctx, tx, database.InsertRequest{Version: version}); err != nil {
			return err
		}
	}
	if r.Engine.copyGrants != "" && len(schema.applied) > 0 {
		if _, err := tx.ExecContext(ctx, r.Engine.copyGrants); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func sortedVersions(applied map[int64]time.Time) []int64 {
	versions := make([]int64, 0, len(applied))
	for version := range applied {
		versions = append(versions, version)
	}
	slices.Sort(versions)
	return versions
}
