package architecture_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/countersign/countersign"

const (
	maxFileLines        = 400
	maxInterfaceMethods = 20
	sqliteDriver        = "github.com/libtnb/sqlite"
	wrongAuthenticators = module + "/service/authenticator/authenticatortest"
	// stranger is written as somebody would who has the libraries and nothing of ours: the product is held against it.
	stranger = "bench/plain"
)

// rule says what the packages of a folder and below may import. An entry stands for a path and all below
// it; "" stands for the root, in folder for the whole module. Of this module's own packages only those in
// allow may be imported, unless it is nil.
type rule struct {
	folder string
	allow  []string
	deny   []string
}

// rules are the arrows cmd -> api -> service <- repository. They hold for code, not for its tests.
var rules = []rule{
	{folder: "service", allow: []string{"service"}, deny: []string{
		"net/http", "github.com/labstack", "gorm.io", "database/sql", sqliteDriver, "github.com/jackc",
	}},
	{folder: "service/totp", allow: []string{"service/factor", "service/domain", "service/seal"}},
	{folder: "service/factor", allow: []string{"service/domain", "service/seal"}},
	{folder: "service/seal", allow: []string{"service/seal"}},
	{folder: "service/stepup", allow: []string{"service/stepup", "service/domain"}},
	{folder: "service/domain", allow: []string{"service/domain"}, deny: []string{
		"context", "sync", "os", "io", "net/http", "log", "crypto/rand",
	}},
	{folder: "service/identifier", allow: []string{"service/domain"}},
	{folder: "service/store", allow: []string{"service/domain"}},
	{folder: "service/ttlcache", allow: []string{}},
	{folder: "service/clock", allow: []string{"service/domain"}},
	{folder: "service/audit", allow: []string{"service/audit", "service/clock", "service/domain", "service/identifier", "service/store"}},
	{folder: "service/access", allow: []string{
		"service/access", "service/audit", "service/clock", "service/domain", "service/keys", "service/stepup", "service/store", "service/ttlcache",
	}},
	{folder: "service/commit", allow: []string{
		"service/access", "service/audit", "service/clock", "service/domain", "service/identifier", "service/store",
	}},
	{folder: "service/kinds", allow: []string{"service/domain", "service/factor", "service/keys", "service/seal"}},
	{folder: "service/proof", allow: []string{
		"service/access", "service/audit", "service/clock", "service/commit", "service/domain", "service/factor", "service/identifier",
		"service/keys", "service/kinds", "service/passkey", "service/seal", "service/stepup", "service/store", "service/totp", "service/ttlcache",
	}},
	{folder: "service/passkey", allow: []string{"service/factor", "service/domain", "service/seal"}},
	{folder: "service/bulk", allow: []string{"service/access", "service/audit", "service/commit", "service/domain", "service/store"}},
	{folder: "service/directory", allow: []string{
		"service/access", "service/audit", "service/bulk", "service/clock", "service/commit", "service/domain", "service/identifier", "service/store",
	}},
	{folder: "service/migration", allow: []string{
		"service/access", "service/audit", "service/bulk", "service/commit", "service/domain", "service/factor", "service/factorfile",
		"service/identifier", "service/kinds", "service/store",
	}},
	{folder: "service/policy", allow: []string{
		"service/access", "service/audit", "service/clock", "service/commit", "service/domain", "service/store",
	}},
	{folder: "service/token", allow: []string{
		"service/access", "service/audit", "service/commit", "service/domain", "service/identifier", "service/keys", "service/stepup", "service/store",
	}},
	{folder: "service/sandbox", allow: []string{
		"service/authenticator", "service/keys", "service/access", "service/audit", "service/clock", "service/commit", "service/domain", "service/factor", "service/kinds", "service/store",
	}},
	{folder: "service/operator", allow: []string{
		"service/audit", "service/clock", "service/commit", "service/domain", "service/identifier", "service/operator", "service/store",
	}},
	{folder: "service/webhook", allow: []string{
		"service/audit", "service/clock", "service/domain", "service/eventtype", "service/feed", "service/identifier", "service/keys", "service/outage", "service/seal",
		"service/store", "service/webhook",
	}},
	{folder: "service/personaldata", allow: []string{
		"service/access", "service/audit", "service/clock", "service/commit", "service/domain", "service/factor", "service/identifier", "service/kinds",
		"service/store",
	}},
	{folder: "service/eventtype", allow: []string{"service/domain"}, deny: []string{"context", "os"}},
	{folder: "service/outage", allow: []string{}, deny: []string{"os"}},
	{folder: "service/feed", allow: []string{"service/domain", "service/outage", "service/store"}, deny: []string{"os"}},
	{folder: "service/archive", allow: []string{"service/clock", "service/domain", "service/feed", "service/identifier", "service/outage"}, deny: []string{"os"}},
	{folder: "service/webhook/target", allow: []string{"service/domain"}, deny: []string{"context", "os"}},
	{folder: "service/readiness", allow: []string{"service/clock", "service/domain", "service/keys", "service/readiness", "service/seal"}},
	{folder: "service/keys", allow: []string{
		"service/clock", "service/domain", "service/identifier", "service/keys", "service/seal", "service/stepup", "service/store", "service/ttlcache",
	}},
	{folder: "service/qrcode", allow: []string{"service/qrcode"}},
	{folder: "service/factorfile/bounded", allow: []string{}},
	{folder: "service/factorfile", allow: []string{"service/domain", "service/factorfile"}, deny: []string{"context", "os", "sync"}},
	{folder: "service/authenticator", allow: []string{"service/authenticator"}},
	{folder: "repository", allow: []string{"service", "repository"}, deny: []string{
		"net/http", "github.com/labstack",
	}},
	{folder: "repository/pg", allow: []string{"repository/pg"}, deny: []string{"gorm.io"}},
	{folder: "repository/sqlite", allow: []string{"repository/sqlite"}, deny: []string{"gorm.io", "database/sql"}},
	{folder: "repository/migrate", allow: []string{"repository/migrate", "repository/pg", "repository/sqlite"}, deny: []string{"gorm.io"}},
	{folder: "repository/probe", allow: []string{
		"service", "repository/probe", "repository/migrate", "repository/pg", "repository/sqlite",
	}, deny: []string{"gorm.io"}},
	{folder: "repository/row", allow: []string{"service"}, deny: []string{
		"context", "database/sql", "gorm.io", "net", "os", "sync", "github.com/jackc",
	}},
	{folder: "repository/batch", allow: []string{"service"}, deny: []string{
		"gorm.io", "database/sql", sqliteDriver, "github.com/jackc",
	}},
	{folder: "api", allow: []string{"", "service", "api", "web"}, deny: []string{
		"gorm.io", "database/sql", sqliteDriver, "github.com/jackc", "github.com/pressly/goose",
	}},
	{folder: "api/edge", allow: []string{"service", "api/edge", "api/admission", "api/openapi", "api/refusedorigin"}},
	{folder: "api/admission", allow: []string{"api/admission"}},
	{folder: "api/refusedorigin", allow: []string{}, deny: []string{"net/http", "github.com/labstack"}},
	{folder: "api/outbound", allow: []string{"service/webhook"}, deny: []string{"github.com/labstack"}},
	{folder: "api/asset", allow: []string{}, deny: []string{"net/http", "github.com/labstack"}},
	{folder: "api/docs", allow: []string{"", "api/asset", "api/docs"}, deny: []string{"net/http", "github.com/labstack"}},
	{folder: "api/docs/markdown", allow: []string{"api/docs/sequence"}, deny: []string{"os"}},
	{folder: "api/docs/reference", allow: []string{}, deny: []string{"os"}},
	{folder: "api/docs/sequence", allow: []string{}, deny: []string{"os"}},
	{folder: stranger, allow: []string{}},
	{folder: "cmd", deny: []string{"github.com/labstack", "gorm.io", sqliteDriver, "github.com/jackc"}},
	{folder: "", deny: []string{"math/rand", wrongAuthenticators}},
}

func TestImportsFollowTheArrows(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.test {
			continue
		}
		for _, path := range f.imports() {
			for _, broken := range offences(f.folder, path) {
				t.Errorf("%s imports %s, which %q does not allow", f.path, path, broken)
			}
		}
	}
}

// offences returns the folders whose rules an import from folder breaks.
func offences(folder, path string) []string {
	var broken []string
	for _, r := range rules {
		if within(folder, r.folder) && r.forbids(path) {
			broken = append(broken, r.folder)
		}
	}
	return broken
}

func (r rule) forbids(path string) bool {
	if slices.ContainsFunc(r.deny, func(prefix string) bool { return within(path, prefix) }) {
		return true
	}
	if r.allow == nil || !within(path, module) {
		return false
	}
	own := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	return !slices.ContainsFunc(r.allow, func(prefix string) bool {
		return own == prefix || prefix != "" && within(own, prefix)
	})
}

// within tells whether path is prefix or lies below it.
func within(path, prefix string) bool {
	return prefix == "" || path == prefix || strings.HasPrefix(path, prefix+"/")
}

func TestRulesTellRightFromWrong(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		folder, path string
		wrong        bool
	}{
		{"service", module + "/service/totp", false},
		{"service", module + "/repository", true},
		{"service", module + "/api", true},
		{"service", module, true},
		{"service", "net/http", true},
		{"service", "net/http/httptrace", true},
		{"service", "net/url", false},
		{"service", "github.com/labstack/echo/v4", true},
		{"service", "gorm.io/gorm", true},
		{"service/totp", module + "/service", true},
		{"service/directory", module + "/service/proof", true},
		{"service/bulk", module + "/service/directory", true},
		{"service/migration", module + "/service/proof", true},
		{"service/migration", module + "/service/totp", true},
		{"service/policy", module + "/service/factor", true},
		{"service/proof", module + "/service/directory", true},
		{"service/stepup", module + "/service/seal", true},
		{"service/stepup", "net/http", true},
		{"service/authenticator", module + "/service/authenticator/internal/response", false},
		{"service/authenticator", module + "/service/seal", true},
		{"service/sandbox", wrongAuthenticators, true},
		{"service/personaldata", module + "/service/proof", true},
		{"service/personaldata", module + "/service/passkey", true},
		{"service/webhook", module + "/service/proof", true},
		{"service/webhook", "net/http", true},
		{"service/webhook", module + "/service/webhook/target", false},
		{"service/factorfile", module + "/service/store", true},
		{"service/factorfile", module + "/service/domain", false},
		{"service/factorfile", module + "/service/factorfile/bounded", false},
		{"service/factorfile/bounded", module + "/service/factorfile", true},
		{"service/factorfile", "os", true},
		{"internal/apptest", wrongAuthenticators, true},
		{"repository", module + "/service", false},
		{"repository", "gorm.io/gorm", false},
		{"repository", module + "/api", true},
		{"repository/repotest", module + "/service", false},
		{"repository/pg", module + "/service", true},
		{"repository/pg", "gorm.io/gorm", true},
		{"repository/sqlite", "database/sql", true},
		{"repository/migrate", module + "/repository/pg", false},
		{"repository/migrate", module + "/repository", true},
		{"repository/migrate", module + "/service", true},
		{"repository/probe", module + "/repository/migrate", false},
		{"repository/probe", module + "/repository", true},
		{"repository/repotest", "github.com/labstack/echo/v4", true},
		{"repository/row", module + "/service/totp", false},
		{"repository/row", module + "/repository", true},
		{"repository/row", "gorm.io/gorm", true},
		{"repository/row", "context", true},
		{"repository/batch", module + "/service", false},
		{"repository/batch", module + "/repository", true},
		{"repository/batch", "gorm.io/gorm", true},
		{"api", module, false},
		{"api", module + "/service/stepup", false},
		{"api", module + "/api/openapi", false},
		{"api", module + "/repository", true},
		{"api", "gorm.io/gorm", true},
		{"api", module + "/api/edge", false},
		{"api/edge", module + "/api", true},
		{"api/edge", module + "/web", true},
		{"api/edge", module + "/api/admission", false},
		{"api/admission", module + "/service", true},
		{"api/outbound", module + "/api/edge", true},
		{"api/docs", module, false},
		{"api/docs", module + "/service", true},
		{"api/docs", "net/http", true},
		{"api/docs/markdown", module + "/api/docs/sequence", false},
		{"api/docs/reference", module, true},
		{stranger, "github.com/labstack/echo/v4", false},
		{stranger, module + "/service/stepup", true},
		{"cmd/countersign", module + "/repository", false},
		{"cmd/countersign", "gorm.io/gorm", true},
		{"internal/pgtest", "math/rand/v2", true},
	} {
		if got := len(offences(test.folder, test.path)) > 0; got != test.wrong {
			t.Errorf("%s importing %s: wrong is %v, want %v", test.folder, test.path, got, test.wrong)
		}
	}
}

// owners have a library to themselves, so that another one can take its place.
var owners = map[string]string{
	"gorm.io":                         "repository",
	"github.com/pquerna/otp":          "service/totp",
	"github.com/boombuler/barcode":    "service/qrcode",
	"github.com/golang-jwt/jwt":       "service/stepup",
	"github.com/go-webauthn/webauthn": "service/passkey",
	"github.com/labstack/echo":        "api",
	"github.com/yuin/goldmark":        "api/docs/markdown",
	"filippo.io/age":                  "service/factorfile",
	"google.golang.org/protobuf":      "service/factorfile",
	"code.dny.dev/ssrf":               "service/webhook/target",
}

func TestALibraryIsKnownToItsOwnerAlone(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		for _, path := range f.imports() {
			for library, owner := range owners {
				if within(path, library) && !within(f.folder, owner) && !f.test && f.folder != stranger {
					t.Errorf("%s imports %s; only %s does", f.path, path, owner)
				}
			}
		}
	}
}

// A second pure-Go SQLite in one binary panics at start; one place to import it is one place to change it.
func TestExactlyOneFileImportsSQLite(t *testing.T) {
	t.Parallel()
	var importers []string
	repository := false
	for _, f := range sources(t) {
		repository = repository || f.folder == "repository" && !f.test
		for _, path := range f.imports() {
			if within(path, sqliteDriver) {
				importers = append(importers, f.path)
			}
		}
	}
	if repository && len(importers) != 1 {
		t.Errorf("%s is imported by %v, want exactly one file", sqliteDriver, importers)
	}
}

func TestPackagesAreNamedForWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		switch strings.TrimSuffix(f.syntax.Name.Name, "_test") {
		case "util", "utils", "common", "helper", "helpers", "misc":
			t.Errorf("%s: package %s says nothing of what it is about", f.path, f.syntax.Name.Name)
		}
	}
}

func TestFilesStayReadableInOneSitting(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.lines >= maxFileLines && !ast.IsGenerated(f.syntax) {
			t.Errorf("%s has %d lines, want fewer than %d", f.path, f.lines, maxFileLines)
		}
	}
}

func TestInterfacesStayNarrow(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if ast.IsGenerated(f.syntax) {
			continue
		}
		for name, methods := range f.interfaces() {
			if methods >= maxInterfaceMethods {
				t.Errorf("%s: interface %s has %d methods, want fewer than %d", f.path, name, methods, maxInterfaceMethods)
			}
		}
	}
}

// A walk that finds nothing would let every rule above pass.
func TestSourcesAreFound(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"service", "repository", "api", "cmd", "internal/pgtest"} {
		found := slices.ContainsFunc(sources(t), func(f source) bool { return !f.test && within(f.folder, folder) })
		if exists(t, folder) && !found {
			t.Errorf("no Go file was found in %s", folder)
		}
	}
}
