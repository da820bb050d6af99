package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/bench/rig"
)

// baselineRows is the size of pgbench's table, whatever the size of the tenants.
const baselineRows = 1_000_000

// What pgbench does: spend a step, with nothing around it. The room in the pages is that of our own table.
const (
	baselineTable = `CREATE TABLE spent (id bigint PRIMARY KEY, step bigint NOT NULL) WITH (fillfactor = 75)`
	baselineFill  = `INSERT INTO spent SELECT id, 0 FROM generate_series(1, $1::bigint) AS id`

	baselineScript = `\set id random(1, 1000000)
UPDATE spent SET step = step + 1 WHERE id = :id AND step < 1000000000 RETURNING step;
`
)

// pgbench is PostgreSQL's own benchmark, with a database of its own on the cluster.
type pgbench struct {
	program, script string
	database        url.URL // without the password
	environment     []string
}

func newPgbench(ctx context.Context, r *rig.Rig) (*pgbench, error) {
	program := filepath.Join(r.Cluster.BinDir, "pgbench")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pgbench"); err != nil {
			return nil, errors.New("pgbench is missing: install it (Debian, Ubuntu: sudo apt-get install postgresql), or leave it out with ONLY")
		}
	}
	text, err := r.CreateDatabase(ctx, baseline)
	if err != nil {
		return nil, err
	}
	if err := fillBaseline(ctx, text); err != nil {
		return nil, err
	}
	database, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	p := &pgbench{program: program, script: filepath.Join(r.Dir(), "pgbench.sql"), database: *database}
	password, _ := database.User.Password()
	p.database.User = url.User(database.User.Username())
	p.environment = []string{"PATH=" + os.Getenv("PATH"), "PGPASSWORD=" + password} // not for others to see in ps
	return p, os.WriteFile(p.script, []byte(baselineScript), 0o600)
}

func fillBaseline(ctx context.Context, database string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, baselineTable); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, baselineFill, baselineRows); err != nil {
		return err
	}
	for _, statement := range []string{"VACUUM (ANALYZE) spent", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// pgbenchResult is what pgbench tells.
type pgbenchResult struct {
	transactions int
	perSecond    float64
	latencies    []time.Duration
	cpu          time.Duration // pgbench's own
}

func (p *pgbench) run(ctx context.Context, workers int, length time.Duration) (pgbenchResult, error) {
	seconds := max(1, int(length.Round(time.Second)/time.Second))
	logs, err := os.MkdirTemp(filepath.Dir(p.script), "pgbench-log")
	if err != nil {
		return pgbenchResult{}, err
	}
	defer func() { _ = os.RemoveAll(logs) }()
	cmd := exec.CommandContext(ctx, p.program, "--no-vacuum", "--protocol=prepared", "--file="+p.script,
		"--client="+strconv.Itoa(workers), "--jobs="+strconv.Itoa(min(workers, 2)),
		"--time="+strconv.Itoa(seconds), "--log", "--log-prefix="+filepath.Join(logs, "of"), p.database.String())
	cmd.Env = p.environment
	out, err := cmd.CombinedOutput()
	if err != nil {
		return pgbenchResult{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	result, err := parsePgbench(string(out))
	if err != nil {
		return pgbenchResult{}, err
	}
	result.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	result.latencies, err = readLatencies(os.DirFS(logs))
	return result, err
}

var pgbenchFigures = []*regexp.Regexp{
	regexp.MustCompile(`number of transactions actually processed: (\d+)`),
	regexp.MustCompile(`tps = ([0-9.]+) \(without initial connection time\)`),
}

// nothingDone is what pgbench says where it did not even connect in time, without a rate.
const nothingDone = "number of transactions actually processed: 0\n"

func parsePgbench(out string) (pgbenchResult, error) {
	if strings.Contains(out, nothingDone) {
		return pgbenchResult{}, nil
	}
	var figures [2]float64
	for i, pattern := range pgbenchFigures {
		match := pattern.FindStringSubmatch(out)
		if match == nil {
			return pgbenchResult{}, fmt.Errorf("pgbench printed no %q:\n%s", pattern, out)
		}
		var err error
		if figures[i], err = strconv.ParseFloat(match[1], 64); err != nil {
			return pgbenchResult{}, err
		}
	}
	return pgbenchResult{transactions: int(figures[0]), perSecond: figures[1]}, nil
}

// readLatencies reads what pgbench logged of each transaction, a file for each of its threads: the third field is
// the time it took, in microseconds.
func readLatencies(logs fs.FS) ([]time.Duration, error) {
	var latencies []time.Duration
	files, err := fs.Glob(logs, "*")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := fs.ReadFile(logs, name)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 3 {
				return nil, fmt.Errorf("pgbench logged %q", line)
			}
			took, err := strconv.ParseInt(fields[2], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("pgbench logged %q: %w", line, err)
			}
			latencies = append(latencies, time.Duration(took)*time.Microsecond)
		}
	}
	slices.Sort(latencies)
	return latencies, nil
}

// outcome is what it says, in the terms of our own load.
func (r pgbenchResult) outcome() load.Outcome {
	if r.transactions == 0 {
		return load.Outcome{}
	}
	return load.Outcome{
		Good: r.transactions, CPU: r.cpu, Latencies: r.latencies,
		Elapsed: time.Duration(float64(r.transactions) / r.perSecond * float64(time.Second)),
	}
}

// baseline carries out a cell of pgbench.
func (b *bench) baseline(ctx context.Context, c cell) ([]report.Cell, error) {
	before, err := b.postgresCPU()
	if err != nil {
		return nil, err
	}
	result, err := b.pgbench.run(ctx, c.Concurrency, c.length)
	if err != nil {
		return nil, err
	}
	after, err := b.postgresCPU()
	if err != nil {
		return nil, err
	}
	return []report.Cell{newCell(c, result.outcome(), cpu{postgres: after - before})}, nil
}
