package api

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/api/asset"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/web"
)

// integrityFile lists the other files with their hashes.
const integrityFile = "integrity.json"

// ui is the screens: web components that pages of any origin may load. They
// hold nothing of any tenant; what they then ask the API is checked against the
// ticket and its tenant's origins.
type ui map[string]asset.File

// newUI reads the embedded files. It panics when they cannot be read, which is
// a mistake of the build.
func newUI() ui {
	modules, err := web.Files()
	if err != nil {
		panic(fmt.Sprintf("embedded screens: %v", err))
	}
	files, hashes := ui{}, map[string]string{}
	for path, body := range modules {
		files[path] = asset.New("text/javascript; charset=utf-8", body)
		hashes[path] = integrity(body)
	}
	body, _ := json.MarshalIndent(hashes, "", "  ") // strings cannot fail
	files[integrityFile] = asset.New("application/json", append(body, '\n'))
	return files
}

// integrity is what pages compare a file with (Subresource Integrity, section
// 3.2).
func integrity(body []byte) string {
	digest := sha512.Sum384(body)
	return "sha384-" + base64.StdEncoding.EncodeToString(digest[:])
}

// serve answers one file. A cache asks each time whether it is still the same,
// so that modules of two versions never meet in one page for longer than it
// takes to load.
func (u ui) serve(c echo.Context) error {
	file, known := u[c.Param("*")]
	if !known {
		return domain.ErrNotFound
	}
	header := c.Response().Header()
	header.Del("Vary") // every origin gets the same
	header.Del("Access-Control-Expose-Headers")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	header.Set("Cache-Control", "public, no-cache")
	return serveFile(c, file)
}
