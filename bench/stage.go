package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/bench/rig"
	"github.com/countersign/countersign/bench/seed"
)

// stageKey is an engine and a size.
type stageKey struct {
	engine string
	users  int
}

func (k stageKey) String() string { return fmt.Sprintf("%s-%d", k.engine, k.users) }

// stage is a deployment with its people.
type stage struct {
	key        stageKey
	deployment *rig.Deployment
	client     *client
}

// othersPart: to each ten enrolled users comes one who is not.
const othersPart = 10

func (b *bench) makeStage(ctx context.Context, k stageKey) (*stage, error) {
	deploy := b.rig.OnPostgres
	if k.engine == sqlite {
		deploy = b.rig.OnSQLite
	}
	d, err := deploy(ctx, k.String())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	people, err := seed.Seed(ctx, seed.Order{
		DatabaseURL: d.DatabaseURL, Keyset: d.Keyset, Tenant: d.Tenant,
		Enrolled: k.users, Others: k.users / othersPart, Progress: b.progress.seeding(k),
	})
	if err != nil {
		return nil, fmt.Errorf("seed %v: %w", k, err)
	}
	took := time.Since(began)
	bytes, err := sizes(ctx, d.DatabaseURL)
	if err != nil {
		return nil, err
	}
	b.progress.seeded(k, took, bytes[""])
	b.result.Stages = append(b.result.Stages, report.Stage{
		Name: k.String(), Engine: k.engine, Enrolled: people.Enrolled, Others: people.Others,
		SeedTime: took.Seconds(), Bytes: bytes,
	})
	return &stage{key: k, deployment: d, client: &client{key: d.Key, people: people}}, nil
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
	} {
		var size int64
		if err := conn.QueryRow(ctx, "SELECT "+expression).Scan(&size); err != nil {
			return nil, err
		}
		bytes[name] = size
	}
	return bytes, nil
}
