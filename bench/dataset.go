package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/bench/seed"
)

// datasetKey is an engine and sizes.
type datasetKey struct {
	engine     string
	users      int
	events     int // in the tenant's audit trail
	neighbours bool
}

func (k datasetKey) String() string {
	name := fmt.Sprintf("%s-%d", k.engine, k.users)
	if k.neighbours {
		name += "-neighbours"
	}
	if k.events > 0 {
		name += fmt.Sprintf("-%d-events", k.events)
	}
	return name
}

// dataset is a deployment with its people.
type dataset struct {
	key        datasetKey
	deployment *environment.Deployment
	client     *client
	neighbour  *client // of the second tenant, if there is one
	plain      *client // of the plain handler, if it is measured
}

// of is the client that a measure is about.
func (s *dataset) of(measure string) *client {
	switch {
	case slices.Contains(ofTheNeighbour, measure):
		return s.neighbour
	case measure == plainRead:
		return s.plain
	}
	return s.client
}

// othersPart: to each ten enrolled users comes one who is not.
const othersPart = 10

func (b *bench) makeDataset(ctx context.Context, k datasetKey) (*dataset, error) {
	deploy := b.environment.OnPostgres
	if k.engine == sqlite {
		deploy = b.environment.OnSQLite
	}
	d, err := deploy(ctx, k.String())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	made := &dataset{key: k, deployment: d, client: &client{key: d.Key}}
	if err := b.fill(ctx, made); err != nil {
		return nil, fmt.Errorf("seed %v: %w", k, err)
	}
	took := time.Since(began)
	bytes, err := sizes(ctx, d.DatabaseURL)
	if err != nil {
		return nil, err
	}
	b.progress.seeded(k, took, bytes[""])
	enrolled, others := made.people()
	b.result.Datasets = append(b.result.Datasets, report.Dataset{
		Name: k.String(), Engine: k.engine, Enrolled: enrolled, Others: others, Events: k.events,
		SeedTime: took.Seconds(), Bytes: bytes,
	})
	return made, nil
}

// fill makes the people, and the trail.
func (b *bench) fill(ctx context.Context, s *dataset) (err error) {
	if s.client.people, err = b.seedPeople(ctx, s, s.deployment.Tenant, s.key.users, s.key.String()); err != nil {
		return err
	}
	if s.key.neighbours {
		if s.neighbour, err = b.makeNeighbour(ctx, s); err != nil {
			return err
		}
	}
	if s.key.events > 0 {
		return b.makeTrail(ctx, s)
	}
	return nil
}

func (b *bench) seedPeople(ctx context.Context, s *dataset, tenant string, enrolled int, what string) (*seed.People, error) {
	d := s.deployment
	return seed.Seed(ctx, seed.Order{
		DatabaseURL: d.DatabaseURL, Keyset: d.Keyset, Tenant: tenant,
		Enrolled: enrolled, Others: enrolled / othersPart, Progress: b.progress.seeding(what),
	})
}

// people are all of the dataset's, whatever their tenant.
func (s *dataset) people() (enrolled, others int) {
	for _, c := range []*client{s.client, s.neighbour} {
		if c != nil {
			enrolled += c.people.Enrolled
			others += c.people.Others
		}
	}
	return enrolled, others
}

// sizes are bytes on disk, by table with its indexes, and "" for all.
func sizes(ctx context.Context, databaseURL string) (map[string]int64, error) {
	if path, ok := strings.CutPrefix(databaseURL, "sqlite:"); ok {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		return map[string]int64{"": info.Size()}, nil
	}
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	bytes := map[string]int64{}
	for name, expression := range map[string]string{
		"": "pg_database_size(current_database())", "users": "pg_table_size('users')",
		"indexes of users":   "pg_indexes_size('users')",
		"recovery_code_sets": "pg_total_relation_size('recovery_code_sets')",
		"audit_events":       "pg_table_size('audit_events')", "indexes of audit_events": "pg_indexes_size('audit_events')",
	} {
		var size int64
		if err := conn.QueryRow(ctx, "SELECT "+expression).Scan(&size); err != nil {
			return nil, err
		}
		bytes[name] = size
	}
	return bytes, nil
}
