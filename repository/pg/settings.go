package pg

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"
)

// What a server, a database or a role may set and the store rests on is named
// when a connection is made, in place of whatever is set. The first group are
// those that poolers keep for each client (pgbouncer: "track_extra_parameters"),
// written as the server reports them, so that none sets them again and again.
var (
	pinned = map[string]string{
		"client_encoding":             "UTF8",
		"datestyle":                   "ISO, MDY", // times as text
		"standard_conforming_strings": "on",
	}
	// Through a pooler transactions name their level themselves, and what fails
	// at another one is tried again; the rest is checked.
	pinnedDirectly = map[string]string{
		"array_nulls":                   "on",
		"client_min_messages":           "notice", // so that warnings come
		"default_transaction_isolation": "read committed",
	}
)

// pinSettings wins over what the URL says, however its letters are written.
func pinSettings(params map[string]string, direct bool) {
	settings := maps.Clone(pinned)
	if direct {
		maps.Copy(settings, pinnedDirectly)
	}
	maps.DeleteFunc(params, func(name, _ string) bool {
		_, ours := settings[strings.ToLower(name)]
		return ours
	})
	maps.Copy(params, settings)
}

// SettingError names a setting of the server under which the store would not keep
// its promises, and what to do about it.
type SettingError struct{ Name, Value, want, why string }

// Error returns the message.
func (e SettingError) Error() string {
	return fmt.Sprintf("the server sets %s to %q for this user, %s: set it by ALTER ROLE ... SET %s = %s, "+
		"or for the database, or in the pooler", e.Name, e.Value, e.why, e.Name, e.want)
}

// need is a setting that is checked on each new connection.
type need struct {
	SettingError
	met      func(value string) bool
	settable bool // in a session of our own, where it cannot be pinned: other values than this are an operator's choice
}

var needs = []need{
	{SettingError{Name: "synchronous_commit", want: "on", why: "so that a spent code could be forgotten when the power fails"},
		func(v string) bool { return v != "off" }, true},
	{SettingError{Name: "client_min_messages", want: "warning", why: "so that it would not warn of a commit that may be lost"},
		func(v string) bool { return v != "error" }, false},
	{SettingError{Name: "client_encoding", want: "UTF8", why: "and text is UTF-8 here"},
		func(v string) bool { return v == "UTF8" }, false},
	{SettingError{Name: "datestyle", want: "ISO", why: "by which times cannot be read"},
		func(v string) bool { return strings.HasPrefix(v, "ISO") }, false},
	{SettingError{Name: "standard_conforming_strings", want: "on", why: "by which a backslash in a text means something else"},
		func(v string) bool { return v == "on" }, false},
	{SettingError{Name: "array_nulls", want: "on", why: "by which lists cannot be written"},
		func(v string) bool { return v == "on" }, false},
}

// checkSettings refuses a connection whose settings are not what is needed. It
// runs on each new one, since what is set for a role or a database counts from
// the next session on.
func checkSettings(ctx context.Context, conn *pgx.Conn) error {
	readEscapedBytes(conn.TypeMap())
	err := meetNeeds(ctx, conn)
	if err != nil {
		_ = conn.Close(context.WithoutCancel(ctx)) // nobody else will
	}
	return err
}

func meetNeeds(ctx context.Context, conn *pgx.Conn) error {
	values, err := currentSettings(ctx, conn)
	if err != nil {
		return err
	}
	for i, need := range needs {
		if need.met(values[i]) {
			continue
		}
		need.Value = values[i]
		if !need.settable || !Direct(conn.Config()) {
			return need.SettingError // through a pooler the next transaction may be in another session
		}
		if _, err := conn.Exec(ctx, "SET "+need.Name+" = "+need.want); err != nil {
			return err
		}
	}
	return nil
}

func currentSettings(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	names, values, places := make([]string, len(needs)), make([]string, len(needs)), make([]any, len(needs))
	for i, need := range needs {
		names[i], places[i] = "current_setting('"+need.Name+"')", &values[i]
	}
	row := conn.QueryRow(ctx, "SELECT "+strings.Join(names, ", "), pgx.QueryExecModeExec)
	return values, row.Scan(places...)
}
