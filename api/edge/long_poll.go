package edge

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// waits reports a call that is asked to wait, of the one operation that may be: its
// parameter was compared with the contract.
func waits(c echo.Context, known *call) bool {
	seconds := c.QueryParam("wait")
	return known.operation.id == "followEvents" && seconds != "" && seconds != "0"
}

const (
	// longestPoll is what the contract lets a call wait, and time to answer.
	longestPoll = 30*time.Second + requestTimeout
	// mostPolls bounds what waits at once, and pollsPerTenant what of it is one tenant's, whose
	// one follower is enough. A place costs a connection and a few kilobytes, and all of a
	// tenant's read when something happens. Whoever has none waits for one.
	mostPolls      = 2048
	pollsPerTenant = 16
)

// poll gives a call more time than others have, and none of the places of those that
// are decided.
func (l *concurrencyLimit) poll(c echo.Context, next echo.HandlerFunc) error {
	known := callOf(c.Request().Context())
	ctx, cancel := context.WithTimeout(known.connected, longestPoll)
	defer cancel()
	c.SetRequest(c.Request().WithContext(ctx))
	// Deadlines that the connection does not know are none: that is a test's.
	conn := http.NewResponseController(c.Response().Writer)
	_ = conn.SetReadDeadline(time.Time{}) // else its passing counts as the end of the connection
	_ = conn.SetWriteDeadline(time.Now().Add(longestPoll))
	return admit(ctx, l.polls, known.caller.TenantID, func() error { return next(c) })
}
