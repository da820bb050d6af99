package pg

import (
	"context"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// credentials are user and password of new connections, as the place where the
// database URL is kept has them now: so a password is rotated without a restart.
// Nothing else of the URL is taken. With another server or another database in
// part of the connections, a code would be spent in the one and not in the
// other.
type credentials struct {
	source func() (string, error)
	log    *slog.Logger
	at     endpoint

	mu             sync.Mutex
	user, password string
	trouble        string // what was logged last
}

// endpoint is where connections go.
type endpoint struct {
	host     string
	port     uint16
	database string
}

func newCredentials(c *pgx.ConnConfig, source func() (string, error), log *slog.Logger) *credentials {
	return &credentials{source: source, log: log, at: endpointOf(c), user: c.User, password: c.Password}
}

func endpointOf(c *pgx.ConnConfig) endpoint { return endpoint{c.Host, c.Port, c.Database} }

// hook has them asked for before each connection.
func (c *credentials) hook() stdlib.OptionOpenDB {
	return stdlib.OptionBeforeConnect(func(_ context.Context, config *pgx.ConnConfig) error {
		if c.source != nil {
			config.User, config.Password = c.current()
		}
		return nil
	})
}

// current keeps what was good last where the source is unreadable or wrong: it
// may be in the middle of being replaced.
func (c *credentials) current() (user, password string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	config, trouble := c.read()
	switch {
	case trouble != "":
		if trouble != c.trouble {
			c.log.Warn("the database URL was read again for a new connection, and the last good one stays in use: "+trouble,
				"setting", "COUNTERSIGN_DATABASE_URL_FILE")
		}
	case config.User != c.user || config.Password != c.password:
		c.user, c.password = config.User, config.Password
		c.log.Info("new connections to the database use the user and password that the database URL has now")
	}
	c.trouble = trouble
	return c.user, c.password
}

// read returns what the source has now, or says what is wrong with it.
func (c *credentials) read() (config *pgx.ConnConfig, trouble string) {
	text, err := c.source()
	if err != nil {
		return nil, err.Error()
	}
	config, err = parseURL(text)
	if err != nil {
		return nil, err.Error()
	}
	if endpointOf(config) != c.at {
		return nil, "it names another server or another database, which takes a restart"
	}
	return config, ""
}
