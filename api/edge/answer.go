package edge

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/labstack/echo/v4"
)

// answer sets what all answers have, and turns whatever went wrong into a problem.
func (p *problemWriter) answer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		setCommonHeaders(c.Response().Header(), callOf(c.Request().Context()))
		defer func() {
			if value := recover(); value != nil {
				p.recovered(c, value)
			}
		}()
		if err := next(c); err != nil {
			p.fail(c, err)
		}
		return nil
	}
}

// recovered answers a panic. Its value may hold anything, a secret too, and
// stays out of the log unless it is the runtime's own; the stack shows
// addresses, not texts.
func (p *problemWriter) recovered(c echo.Context, value any) {
	if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares so
		panic(value)
	}
	what := fmt.Sprintf("%T", value)
	if mistake, ok := value.(runtime.Error); ok {
		what = mistake.Error()
	}
	ctx := c.Request().Context()
	p.log.ErrorContext(ctx, "panic",
		"request_id", callOf(ctx).requestID, "route", routeOf(c), "panic", what, "stack", string(debug.Stack()))
	if c.Response().Committed {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	writeProblem(c, problems[codeInternal], errInternal, nil)
}
