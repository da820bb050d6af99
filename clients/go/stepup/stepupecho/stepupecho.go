// Package stepupecho is middleware for Echo v4 that asks for a step-up token. It
// is a package of its own so that only those who use Echo depend on it.
package stepupecho

import (
	"github.com/labstack/echo/v4"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/stepup"
)

// Require returns middleware that serves a request only with a step-up token
// for what expect says of it. expect takes it from the host's own session, which
// may be in the echo.Context, and never from what the browser sent.
//
// A refusal goes to Echo's error handler as an *echo.HTTPError, with the headers
// set and the *stepup.Refusal inside, so that the answer looks like the host's
// others. Its message may be shown.
func Require(v *stepup.Verifier, expect func(echo.Context) stepup.Expect, options ...stepup.Option) echo.MiddlewareFunc {
	guard := v.Guard(options...)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			admitted, refusal := guard.Admit(c.Request(), expect(c))
			if refusal != nil {
				refusal.Header(c.Response().Header())
				return echo.NewHTTPError(refusal.Status, refusal.Detail()).SetInternal(refusal)
			}
			c.SetRequest(admitted)
			return next(c)
		}
	}
}

// Claims returns the claims that Require verified, and whether it did.
func Claims(c echo.Context) (countersign.StepUpClaims, bool) {
	return stepup.FromContext(c.Request().Context())
}
