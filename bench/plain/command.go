package plain

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

// connections is how many the product opens for requests by default.
const connections = 20

// Command serves until its context ends.
type Command struct {
	DatabaseURL string `env:"COUNTERSIGN_DATABASE_URL" required:"" help:"The database in which Copy made the tables."`
	Tenant      string `required:"" help:"The tenant of all users."`
}

// Run serves on a free port, which it names as the product does.
func (o *Command) Run(ctx context.Context) error {
	pool, err := o.open(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	users, err := openUsers(ctx, pool, o.Tenant)
	if err != nil {
		return fmt.Errorf("read a user of %s: %w", o.Tenant, err)
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	e := (&handler{users: users, key: key}).routes()
	if e.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "serving addr=%s\n", e.Listener.Addr())
	defer context.AfterFunc(ctx, func() { _ = e.Close() })()
	if err := e.Start(""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (o *Command) open(ctx context.Context) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	config.MaxConns = connections
	return pgxpool.NewWithConfig(ctx, config)
}
