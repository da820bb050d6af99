package api

import (
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service"
)

// mostAtOnce bounds the requests that are with the service: more than that do
// not get their answers sooner by waiting, while each holds memory.
const mostAtOnce = 1024

// admission sheds load instead of queueing it without end. Whoever still sends
// a body holds no place, so that slow senders cannot take them all.
type admission struct{ inside atomic.Int64 }

// admit runs work, or refuses at once with service.ErrUnavailable.
func (a *admission) admit(work func() error) error {
	defer a.inside.Add(-1)
	if a.inside.Add(1) > mostAtOnce {
		return service.ErrUnavailable
	}
	return work()
}

// shed admits requests to their operation.
func (s *Server) shed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if known := callOf(c.Request().Context()); known.operation == nil || known.operation.public {
			return next(c)
		}
		return s.admission.admit(func() error { return next(c) })
	}
}
