package environment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/countersign/countersign/internal/process"
)

// Deployment is a database with its keyset, its keys and a tenant.
type Deployment struct {
	// Name tells it from others.
	Name string
	// DatabaseURL is as COUNTERSIGN_DATABASE_URL has it.
	DatabaseURL string
	// Keyset is the path of the keyset file.
	Keyset string
	// Tenant is the tenant's id, and Key a service key of it.
	Tenant, Key string

	environment *Environment
	dir         string
}

// tenant is the first of every deployment.
const tenant = "acme"

// OnPostgres makes a deployment on a new database of the cluster.
func (e *Environment) OnPostgres(ctx context.Context, name string) (*Deployment, error) {
	url, err := e.CreateDatabase(ctx, name)
	if err != nil {
		return nil, err
	}
	d, err := e.deployment(name, url)
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"keys", "init"}, {"migrate"}} {
		if _, err := d.Run(ctx, args...); err != nil {
			return nil, err
		}
	}
	return d, d.makeTenant(ctx)
}

// OnSQLite makes a deployment on a new file.
func (e *Environment) OnSQLite(ctx context.Context, name string) (*Deployment, error) {
	d, err := e.deployment(name, "sqlite:"+filepath.Join(e.dir, name, "countersign.db"))
	if err != nil {
		return nil, err
	}
	return d, d.makeTenant(ctx)
}

func (e *Environment) deployment(name, url string) (*Deployment, error) {
	dir := filepath.Join(e.dir, name)
	d := &Deployment{
		Name: name, DatabaseURL: url, Keyset: filepath.Join(dir, "countersign.keyset"),
		Tenant: tenant, environment: e, dir: dir,
	}
	return d, os.Mkdir(dir, 0o700)
}

func (d *Deployment) makeTenant(ctx context.Context) (err error) {
	d.Key, err = d.NewTenant(ctx, d.Tenant)
	return err
}

// NewTenant makes a tenant and returns a service key of it.
func (d *Deployment) NewTenant(ctx context.Context, id string) (key string, err error) {
	out, err := d.Run(ctx, "tenant", "create", id, "--output", "json")
	if err != nil {
		return "", err
	}
	var made struct {
		Key string `json:"api_key"`
	}
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		return "", fmt.Errorf("tenant create answered no key: %w", err)
	}
	return made.Key, nil
}

// Run carries out a command of countersign and returns what it printed.
func (d *Deployment) Run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := process.Command(ctx, d.dir, d.settings(), d.environment.binary, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("countersign %v: %w\n%s", args, err, stderr.String())
	}
	return out, nil
}

// settings are those of every process.
func (d *Deployment) settings() []string {
	return []string{"COUNTERSIGN_DATABASE_URL=" + d.DatabaseURL, "COUNTERSIGN_KEYSET=" + d.Keyset}
}
