package api

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
)

// unreachable reports that an error says: the database is not there now. Then
// the client may come back, and the request did nothing wrong. The errors are
// known by what they can do, or say, since this package knows no database.
func unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		notServing(err) || connectionLost(err)
}

// notServing reports the SQLSTATE of a server that does not serve now: classes
// 08 connection exception, 53 insufficient resources, 57P operator
// intervention, and 25006, a primary that has become a standby; or that let
// others pass however often it was asked, 40001 and 40P01.
func notServing(err error) bool {
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) {
		return false
	}
	state := coded.SQLState()
	return slices.ContainsFunc([]string{"08", "53", "57P", "25006", "40001", "40P01"}, func(class string) bool {
		return strings.HasPrefix(state, class)
	})
}

// lostConnections are errors of database/sql and of pgx, which have no types for
// them.
var lostConnections = []string{"conn closed", "driver: bad connection", "sql: database is closed", "sql: connection is already closed"}

func connectionLost(err error) bool {
	return slices.ContainsFunc(lostConnections, func(text string) bool { return strings.Contains(err.Error(), text) })
}
