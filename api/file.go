package api

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/asset"
)

// serveFile answers a file that is nobody's secret, so that compressing it tells
// nobody anything.
func serveFile(c echo.Context, file asset.File) error {
	header, body, tag := c.Response().Header(), file.Body, file.ETag
	if file.Compressed != nil {
		header.Add("Vary", "Accept-Encoding")
		if takesGzip(strings.Join(c.Request().Header.Values("Accept-Encoding"), ",")) {
			header.Set("Content-Encoding", "gzip")
			body, tag = file.Compressed(), tag+"-gzip"
		}
	}
	header.Set("Content-Type", file.ContentType)
	header.Set("ETag", `"`+tag+`"`)
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(body))
	return nil
}

// takesGzip reads Accept-Encoding (RFC 9110, section 12.5.3): a weight of 0
// forbids, and whoever would rather have it plain gets it plain.
func takesGzip(accept string) bool {
	gzip := quality(accept, "gzip")
	return gzip > 0 && gzip >= quality(accept, "identity")
}
