package api

import (
	"github.com/labstack/echo/v4"
)

// secure sets the headers that browsers heed. What may be kept, or framed, or
// run scripts, says so itself later.
func (s *Server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
		if callOf(c.Request().Context()).https {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}
