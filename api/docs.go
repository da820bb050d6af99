package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/api/asset"
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
	header := c.Response().Header()
	file, known := d.site.File(name)
	if !known {
		return d.missing(c)
	}
	header.Set("Content-Security-Policy", docs.Policy)
	header.Set("Cache-Control", "no-cache")
	return serveFile(c, file)
}

// missing leads whoever followed a wrong link to the pages that there are. Where
// it stands in the tree is by the path as the browser sees it, which resolves the
// links of the page against it.
func (d documentation) missing(c echo.Context) error {
	page, known := d.site.Missing(strings.Count(c.Request().URL.EscapedPath(), "/") - strings.Count("/docs/", "/"))
	if !known {
		return domain.ErrNotFound
	}
	c.Response().Header().Set("Content-Security-Policy", docs.Policy)
	return c.Blob(http.StatusNotFound, page.ContentType, page.Body)
}

// contract is openapi.yaml as it stands.
var contract = asset.New("application/yaml", countersign.Contract)

func serveContract(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-cache")
	return serveFile(c, contract)
}
