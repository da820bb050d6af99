package main

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

const (
	demoTenant = "demo"
	demoKey    = "demo.key"
	demoRPID   = "localhost"
)

// walkthrough is what a new user pastes. A test runs exactly it.
//
//go:embed walkthrough.sh.tmpl
var walkthrough string

//go:embed banner.txt.tmpl
var banner string

// develop adapts the configuration of serve to development mode.
func (c *serveConfig) develop(storage config) error {
	switch {
	case storage.sqlite == "":
		return usagef("--dev works on SQLite only; unset COUNTERSIGN_DATABASE_URL, or leave --dev out")
	case c.bootstrapKey != "":
		return usagef("--dev brings a tenant of its own; unset COUNTERSIGN_BOOTSTRAP_TENANT and its key, or leave --dev out")
	}
	c.development, c.ShutdownDelay = true, 0
	return nil
}

// prepareDemo makes the demo tenant where it is missing, and says what to try.
func (s *server) prepareDemo(a *app) error {
	path := filepath.Join(filepath.Dir(a.config.sqlite), demoKey)
	key, err := demoServiceKey(path)
	if err != nil {
		return err
	}
	url := issuerAt(s.public.addr(), true)
	known, err := s.service.Bootstrap(a.ctx, demoInput(url), key)
	if err != nil {
		return err
	}
	if !known.RevokedAt.IsZero() {
		return fmt.Errorf("the key of the demo tenant is revoked; remove %s, and a new one is made", path)
	}
	text, err := demoBanner(demo{
		URL: url, Database: a.config.sqlite, Keyset: a.config.keyset, Key: path,
	})
	if err != nil {
		return err
	}
	a.printf("%s", text)
	return nil
}

// demoInput is the demo tenant for pages of url, with passkeys unless url is an
// address: browsers bind none to it.
func demoInput(url string) operator.TenantInput {
	in := operator.TenantInput{ID: demoTenant, Edition: domain.EditionServer, Sandbox: true}
	if strings.HasPrefix(url, "http://"+demoRPID+":") {
		in.RPID, in.Origins = demoRPID, []string{url}
	}
	return in
}

// demoServiceKey reads the key of the demo tenant, or makes one. The file is
// there before the tenant accepts the key, so that no start can lose it.
func demoServiceKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the key of the demo tenant: %w", err)
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	key := serviceKeyPrefix + demoTenant + "_" + base64.RawURLEncoding.EncodeToString(secret)
	if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the key of the demo tenant: %w", err)
	}
	return key, nil
}

// demo is what the templates show.
type demo struct {
	URL, Database, Keyset, Key string
}

// Walkthrough is the block to paste.
func (d demo) Walkthrough() (string, error) { return d.render(walkthrough) }

func demoBanner(d demo) (string, error) { return d.render(banner) }

func (d demo) render(text string) (string, error) {
	parsed, err := template.New("").Funcs(template.FuncMap{"quote": shellQuote}).Parse(text)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, d)
	return out.String(), err
}

// shellQuote quotes a path that needs it.
func shellQuote(text string) string {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
