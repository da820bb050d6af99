package environment

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
)

// Environment is a place to measure at. Its methods are for one goroutine.
type Environment struct {
	// Cluster is the PostgreSQL server, for Countersign and for pgbench.
	Cluster *pgtest.Cluster

	binary  string
	dir     string
	servers []*Server
}

// New makes a place below dir, or below the directory for temporary files where dir is empty, for a built
// countersign.
func New(binary, dir string) (*Environment, error) {
	path, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the program to measure is missing; run: make build: %w", err)
	}
	e := &Environment{binary: path}
	if e.dir, err = os.MkdirTemp(dir, "countersign-bench-"); err != nil {
		return nil, err
	}
	if e.Cluster, err = pgtest.Start(dir, pgtest.Options{Durable: true}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(e.dir))
	}
	return e, nil
}

// Close ends all servers and the cluster, and removes their data.
func (e *Environment) Close() error {
	var errs []error
	for _, s := range e.servers {
		errs = append(errs, s.Stop())
	}
	return errors.Join(append(errs, e.Cluster.Close(), os.RemoveAll(e.dir))...)
}

// Dir is a folder for files of the run.
func (e *Environment) Dir() string { return e.dir }

// Binary is the program that is measured.
func (e *Environment) Binary() string { return e.binary }

// Postmaster is the process of which all others of PostgreSQL descend.
func (e *Environment) Postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(e.Cluster.DataDir, "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(line)
}

// CreateDatabase makes an empty database on the cluster and returns its URL.
func (e *Environment) CreateDatabase(ctx context.Context, name string) (string, error) {
	conn, err := pgx.Connect(ctx, e.Cluster.URL())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", fmt.Errorf("create the database %s: %w", name, err)
	}
	u, err := url.Parse(e.Cluster.URL())
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// Settings returns what the cluster says of its own settings, by name.
func (e *Environment) Settings(ctx context.Context, names ...string) (map[string]string, error) {
	conn, err := pgx.Connect(ctx, e.Cluster.URL())
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	values := map[string]string{}
	for _, name := range names {
		var value string
		if err := conn.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&value); err != nil {
			return nil, err
		}
		values[name] = value
	}
	return values, nil
}
