package migrate

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string    // of its file
	Applied time.Time // zero: it is pending
}

// Migrations returns all that this program knows, in order, and says whether the
// schema has steps that it does not know, of a later release. It changes nothing,
// and needs to read no more than the table of versions.
func (m *Migrator) Migrations(ctx context.Context) (known []Migration, newer bool, err error) {
	schema, err := m.schema(ctx)
	if err != nil {
		return nil, false, err
	}
	last := int64(0)
	for _, source := range schema.sources {
		known = append(known, Migration{Version: source.Version, Name: path.Base(source.Path), Applied: schema.applied[source.Version]})
		last = source.Version
	}
	return known, schema.version() > last, nil
}

// Plan returns the SQL that [Migrator.Migrate] would carry out, empty when there is
// none, and changes nothing.
func (m *Migrator) Plan(ctx context.Context) (string, error) {
	schema, err := m.schema(ctx)
	if err != nil || schema.complete() {
		return "", err
	}
	var plan strings.Builder
	if !schema.kept {
		fmt.Fprintf(&plan, "-- The table %s is made, to say which of these were applied.\n", versionTable)
		for _, version := range sortedVersions(schema.applied) {
			fmt.Fprintf(&plan, "-- By %s version %d was applied.\n", sharedTable, version)
		}
	}
	for _, source := range schema.pending() {
		up, err := m.up(source)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&plan, "\n-- %s\n%s", path.Base(source.Path), up)
	}
	return plan.String(), nil
}

// up is the part of a migration that applies it.
func (m *Migrator) up(source *goose.Source) (string, error) {
	text, err := fs.ReadFile(m.Source, source.Path)
	if err != nil {
		return "", err
	}
	up, _, _ := strings.Cut(string(text), "-- +goose Down")
	var plan strings.Builder
	for line := range strings.Lines(up) {
		if !strings.HasPrefix(line, "-- +goose") {
			plan.WriteString(line)
		}
	}
	return strings.TrimSpace(plan.String()) + "\n", nil
}
