package edge

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// accessLog tells what was asked and answered.
type accessLog struct {
	metrics *Metrics
	log     *slog.Logger
}

// observe writes one line and one measurement per request. The path holds user
// ids, the query and the bodies hold worse: the template of the route does.
func (l accessLog) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		defer func() { // also when a panic cuts the connection
			took, route := time.Since(began), routeOf(c)
			l.metrics.answered(c.Request().Method, route, c.Response().Status, took)
			l.write(c, route, took)
		}()
		return next(c)
	}
}

func (l accessLog) write(c echo.Context, route string, took time.Duration) {
	ctx := c.Request().Context()
	known := callOf(ctx)
	attrs := []slog.Attr{
		slog.String("method", c.Request().Method),
		slog.String("route", route),
		slog.Int("status", c.Response().Status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.Int64("bytes", c.Response().Size),
		slog.String("request_id", known.requestID),
		slog.String("tenant", known.caller.TenantID),
		slog.String("caller", known.callerKind()),
	}
	l.log.LogAttrs(ctx, accessLevel(route), "request", append(attrs, known.refusalAttrs(c.Response().Status)...)...)
}

// refusalAttrs say why a request was refused, and, where it may not do what it
// asked for, which credential that was: by its id, never by its text.
func (c *call) refusalAttrs(status int) (attrs []slog.Attr) {
	if c.code != "" {
		attrs = append(attrs, slog.String("code", string(c.code)))
	}
	if status != http.StatusUnauthorized && status != http.StatusForbidden {
		return attrs
	}
	if c.caller.Ticket != nil {
		attrs = append(attrs, slog.String("ticket_id", c.caller.Ticket.ID))
	}
	if id := c.keyID(); id != "" {
		attrs = append(attrs, slog.String("key_id", id))
	}
	return attrs
}

// keyID is the service key behind a call, as far as it is known.
func (c *call) keyID() string {
	switch {
	case c.caller.Ticket != nil:
		return c.caller.Ticket.KeyID
	case c.caller.Key != nil:
		return c.caller.Key.ID
	case c.operator.Account != "":
		return c.operator.Account
	}
	return c.endedKey
}

// accessLevel keeps the probes, which come every few seconds, out of the way.
func accessLevel(route string) slog.Level {
	switch route {
	case "/healthz", "/readyz", "/metrics":
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func (c *call) callerKind() string {
	switch {
	case c.caller.Ticket != nil:
		return "ticket"
	case c.caller.Key != nil:
		return "service_key"
	case c.operator.Account != "":
		return "operator_key"
	}
	return "none"
}

// unmatched stands for every path that is not ours, so that nobody can make
// up labels.
const unmatched = "unmatched"

func routeOf(c echo.Context) string {
	if c.Path() == "" {
		return unmatched
	}
	return c.Path()
}
