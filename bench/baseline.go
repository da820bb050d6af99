package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/bench/environment"
	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/meter"
	"github.com/countersign/countersign/bench/report"
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

func newPgbench(ctx context.Context, e *environment.Environment) (*pgbench, error) {
	program := filepath.Join(e.Cluster.BinDir, "pgbench")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pgbench"); err != nil {
			return nil, errors.New("pgbench is missing: install it (Debian, Ubuntu: sudo apt-get install postgresql), or leave it out with ONLY")
		}
	}
	text, err := e.CreateDatabase(ctx, baseline)
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
	p := &pgbench{program: program, script: filepath.Join(e.Dir(), "pgbench.sql"), database: *database}
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

// pgbenchRun is pgbench at work.
type pgbenchRun struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	logs string // the folder
}

func (p *pgbench) start(ctx context.Context, workers int, length time.Duration) (*pgbenchRun, error) {
	logs, err := os.MkdirTemp(filepath.Dir(p.script), "pgbench-log")
	if err != nil {
		return nil, err
	}
	seconds := max(1, int(length.Round(time.Second)/time.Second))
	r := &pgbenchRun{logs: logs}
	r.cmd = exec.CommandContext(ctx, p.program, "--no-vacuum", "--protocol=prepared", "--file="+p.script,
		"--client="+strconv.Itoa(workers), "--jobs="+strconv.Itoa(min(workers, 2)),
		"--time="+strconv.Itoa(seconds), "--log", "--log-prefix="+filepath.Join(logs, "of"), p.database.String())
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = p.environment, &r.out, &r.out
	if err := r.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(logs))
	}
	return r, nil
}

// since waits for the end, and returns what was done after a moment, until when pgbench itself had taken that much
// of the processors.
func (r *pgbenchRun) since(moment time.Time, taken time.Duration) (load.Outcome, error) {
	defer func() { _ = os.RemoveAll(r.logs) }()
	if err := r.cmd.Wait(); err != nil {
		return load.Outcome{}, fmt.Errorf("pgbench: %w\n%s", err, r.out.String())
	}
	outcome, err := readTransactions(os.DirFS(r.logs), moment)
	outcome.CPU = r.cmd.ProcessState.UserTime() + r.cmd.ProcessState.SystemTime() - taken
	return outcome, err
}

// readTransactions reads what pgbench logged of those that ended after a moment, a file for each of its threads.
func readTransactions(logs fs.FS, after time.Time) (load.Outcome, error) {
	files, err := fs.Glob(logs, "*")
	if err != nil {
		return load.Outcome{}, err
	}
	var o load.Outcome
	for _, name := range files {
		text, err := fs.ReadFile(logs, name)
		if err != nil {
			return load.Outcome{}, err
		}
		for line := range strings.Lines(string(text)) {
			ended, took, err := parseTransaction(line)
			if err != nil {
				return load.Outcome{}, err
			}
			if ended.After(after) {
				o.Latencies = append(o.Latencies, took)
				o.Elapsed = max(o.Elapsed, ended.Sub(after))
			}
		}
	}
	slices.Sort(o.Latencies)
	o.Good = len(o.Latencies)
	return o, nil
}

// parseTransaction reads a line of pgbench's log: client, number, microseconds it took, script, and when it ended
// in seconds and microseconds.
func parseTransaction(line string) (ended time.Time, took time.Duration, err error) {
	fields := strings.Fields(line)
	if len(fields) < 6 {
		return time.Time{}, 0, fmt.Errorf("pgbench logged %q", line)
	}
	var numbers [3]int64
	for i, text := range []string{fields[2], fields[4], fields[5]} {
		if numbers[i], err = strconv.ParseInt(text, 10, 64); err != nil {
			return time.Time{}, 0, fmt.Errorf("pgbench logged %q: %w", line, err)
		}
	}
	return time.Unix(numbers[1], numbers[2]*1000), time.Duration(numbers[0]) * time.Microsecond, nil
}

// baseline carries out a cell of pgbench.
func (b *bench) baseline(ctx context.Context, c cell) ([]report.Cell, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	run, err := b.pgbench.start(ctx, c.Concurrency, c.warm+c.length)
	if err != nil {
		return nil, err
	}
	before, own, err := b.warmed(ctx, run, c.warm)
	if err != nil {
		stop()
	}
	outcome, failed := run.since(time.Now(), own)
	if err := cmp.Or(err, failed); err != nil {
		return nil, err
	}
	after, err := b.postgresCPU()
	if err != nil {
		return nil, err
	}
	return []report.Cell{newCell(c, outcome, usage{postgres: after - before})}, nil
}

// warmed waits until what is done counts, and returns what PostgreSQL and pgbench have taken by then.
func (b *bench) warmed(ctx context.Context, run *pgbenchRun, warm time.Duration) (postgres, own time.Duration, err error) {
	select {
	case <-time.After(warm):
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	if postgres, err = b.postgresCPU(); err != nil {
		return 0, 0, err
	}
	own, err = meter.CPU(run.cmd.Process.Pid)
	return postgres, own, err
}
