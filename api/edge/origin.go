package edge

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/refusedorigin"
)

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Step-Up-Token, Idempotency-Key, If-Match, X-Request-Id"
	corsExposed = "ETag, Retry-After, WWW-Authenticate, X-Request-Id, Content-Disposition"
	corsMaxAge  = "600"
)

// Origins tells which web pages may call.
type Origins interface {
	// AllowedOrigin reports whether a page of the origin may call with the tenant's
	// tickets.
	AllowedOrigin(ctx context.Context, tenantID, origin string) (bool, error)
	// KnownOrigin reports whether any tenant has the origin.
	KnownOrigin(ctx context.Context, origin string) (bool, error)
	// RememberedOrigin is KnownOrigin as far as memory tells: it never waits, and
	// may say no for a moment.
	RememberedOrigin(origin string) bool
}

// originGuard admits the pages of allowed origins, and lets them read answers.
type originGuard struct {
	origins     Origins
	concurrency *concurrencyLimit
	log         *refusedorigin.Log
}

// preflight answers preflight requests. They carry no credential that would
// name a tenant, so any tenant's origin will do; that of the request itself is
// compared with its own tenant's, in authenticate.
func (g *originGuard) preflight(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Add("Vary", "Origin")
		r := c.Request()
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			return next(c)
		}
		known, err := g.allowKnown(c)
		if err != nil {
			return err
		}
		if !known {
			return g.refuse(c)
		}
		header := c.Response().Header()
		header.Set("Access-Control-Allow-Methods", corsMethods)
		header.Set("Access-Control-Allow-Headers", corsHeaders)
		header.Set("Access-Control-Max-Age", corsMaxAge)
		return c.NoContent(http.StatusNoContent)
	}
}

// origin is the web page that sent the request; empty without one. Two of them
// are none that could be allowed.
func origin(r *http.Request) string { return strings.Join(r.Header.Values("Origin"), ",") }

// letKnownRead lets a page of any tenant read an answer that has no
// tenant: a page whose ticket expired must see that it did. A page that cannot
// read the answer is no reason to withhold it.
func (g *originGuard) letKnownRead(c echo.Context) {
	_, _ = g.allowKnown(c)
}

// letRememberedRead does as much for a refusal that must not ask the store.
func (g *originGuard) letRememberedRead(c echo.Context) {
	if from := origin(c.Request()); from != "" && g.origins.RememberedOrigin(from) {
		allowOrigin(c, from)
	}
}

func (g *originGuard) allowKnown(c echo.Context) (known bool, err error) {
	from := origin(c.Request())
	if from == "" {
		return false, nil
	}
	ctx := c.Request().Context()
	err = admit(ctx, g.concurrency.unknownCallers, network(callOf(ctx).address), func() (err error) {
		known, err = g.origins.KnownOrigin(ctx, from)
		return err
	})
	if err == nil && known {
		allowOrigin(c, from)
	}
	return known, err
}

// admit refuses a page that is neither our own nor one of the caller's
// tenant.
func (g *originGuard) admit(c echo.Context, tenantID string) error {
	from := origin(c.Request())
	if from == "" || from == ownOrigin(c) {
		return nil
	}
	var allowed bool
	ctx := c.Request().Context()
	err := admit(ctx, g.concurrency.authentications, tenantID, func() (err error) {
		allowed, err = g.origins.AllowedOrigin(ctx, tenantID, from)
		return err
	})
	if err != nil {
		return err
	}
	if !allowed {
		return g.refuse(c)
	}
	allowOrigin(c, from)
	callOf(ctx).origin = from
	return nil
}

// refuse leaves the origin in the log: the browser shows its user no reason,
// and whoever mistyped the origin of a tenant finds here what is sent.
func (g *originGuard) refuse(c echo.Context) error {
	known := callOf(c.Request().Context())
	g.log.Add(refusedorigin.Of(origin(c.Request()), known.caller.TenantID), c.Request().Method, known.requestID, time.Now())
	return errForeignOrigin
}

// ownOrigin is the origin of pages that we serve ourselves, such as /docs.
func ownOrigin(c echo.Context) string {
	if callOf(c.Request().Context()).https {
		return "https://" + c.Request().Host
	}
	return "http://" + c.Request().Host
}

// allowOrigin never allows credentials: nothing here is read from cookies.
func allowOrigin(c echo.Context, from string) {
	c.Response().Header().Set("Access-Control-Allow-Origin", from)
	c.Response().Header().Set("Access-Control-Expose-Headers", corsExposed)
}
