package api

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/docs"
	"github.com/countersign/countersign/service/domain"
)

// documentation serves the documentation site.
type documentation struct{ site *docs.Site }

func (d documentation) home(c echo.Context) error { return d.serve(c, docs.Home) }

func (d documentation) file(c echo.Context) error {
	name := c.Param("*")
	if name == docs.Home {
		return c.Redirect(http.StatusMovedPermanently, "../docs")
	}
	if page, moved := d.site.Moved(name); moved {
		return c.Redirect(http.StatusMovedPermanently, page)
	}
	return d.serve(c, name)
}

// serve answers one file. A cache asks each time whether it is still the same,
// so that pages and scripts of two versions never meet.
func (d documentation) serve(c echo.Context, name string) error {
	file, known := d.site.File(name)
	if !known {
		return domain.ErrNotFound
	}
	header, body, tag := c.Response().Header(), file.Body, file.ETag
	if file.Compressed != nil {
		header.Add("Vary", "Accept-Encoding")
		if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
			body, tag = file.Compressed(), tag+"-gzip"
		}
	}
	header.Set("Content-Security-Policy", docs.Policy)
	header.Set("Cache-Control", "no-cache")
	header.Set("Content-Type", file.ContentType)
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(body))
	return nil
}
