package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/countersign/countersign/service/domain"
)

// docs is the documentation page: Swagger UI, built in, so that it works where
// there is no Internet. Its links are relative, for a proxy may serve it below a
// path of its own.
type docs struct {
	html   []byte
	policy string          // Content-Security-Policy of the page
	files  map[string]bool // that the page names
	guides map[string]guide
	server http.Handler
}

var (
	inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	inlineStyle  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	pageFile     = regexp.MustCompile(`(?:src|href)="docs/([^"]+)"`)
)

func newDocs() *docs {
	config := swgui.Config{Title: "Countersign", InternalBasePath: "/docs", BasePath: "docs", SwaggerJSON: "../openapi.yaml"}
	d := &docs{server: v5emb.NewHandlerWithConfig(config), files: map[string]bool{}, guides: newGuides()}
	d.html = d.render()
	for _, file := range pageFile.FindAllSubmatch(d.html, -1) {
		d.files[string(file[1])] = true
	}
	d.policy = strings.Join([]string{
		"default-src 'none'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"script-src 'self'" + hashes(d.html, inlineScript),
		"style-src 'self'" + hashes(d.html, inlineStyle),
	}, "; ")
	return d
}

// render lets the library write its page, which is the same for everybody.
func (d *docs) render() []byte {
	recorded := &recorder{header: http.Header{}}
	d.server.ServeHTTP(recorded, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/docs"}})
	return recorded.body.Bytes()
}

// hashes allows exactly those inline elements that the library wrote
// (Content Security Policy Level 3, section 6.7.3.3).
func hashes(html []byte, inline *regexp.Regexp) string {
	var sources strings.Builder
	for _, element := range inline.FindAllSubmatch(html, -1) {
		digest := sha256.Sum256(element[1])
		sources.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'")
	}
	return sources.String()
}

func (d *docs) page(c echo.Context) error {
	c.Response().Header().Set("Content-Security-Policy", d.policy)
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.HTMLBlob(http.StatusOK, d.html)
}

// file serves what the page leads to: the guides, and the library's own files
// that it names, but nothing else that may be embedded.
func (d *docs) file(c echo.Context) error {
	name := c.Param("*")
	if guide, known := d.guides[name]; known {
		c.Response().Header().Set("Cache-Control", "no-cache")
		return c.Blob(http.StatusOK, guide.contentType, guide.body)
	}
	if !d.files[name] {
		return domain.ErrNotFound
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	d.server.ServeHTTP(c.Response(), c.Request())
	return nil
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
func (r *recorder) WriteHeader(int)             {}
