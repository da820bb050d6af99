package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign"
	"github.com/countersign/countersign/internal/apptest"
)

func TestTheDocumentationWorksUnderItsPolicy(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	page := client.Get("/docs").Want(200)
	policy := page.Header.Get("Content-Security-Policy")
	for _, unsafe := range []string{"unsafe", "*", "http:", "https:"} {
		if contains(policy, unsafe) {
			t.Errorf("the policy holds %q: %s", unsafe, policy)
		}
	}
	html := string(page.Body)
	for _, element := range regexp.MustCompile(`(?s)<(?:script|style)[^>]*>(.*?)</`).FindAllStringSubmatch(html, -1) {
		if digest := sha256.Sum256([]byte(element[1])); element[1] != "" && !contains(policy, base64.StdEncoding.EncodeToString(digest[:])) {
			t.Errorf("the policy stops: %s", element[0])
		}
	}
	if regexp.MustCompile(`(?i)\son[a-z]+=|javascript:|style=`).MatchString(html) {
		t.Error("the page has handlers or styles in attributes, which the policy stops")
	}
	files := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	if len(files) < 4 || !contains(html, "../openapi.yaml") {
		t.Fatalf("the page names %v", files)
	}
	for _, file := range files {
		if got := client.Get("/" + file[1]).Want(200); len(got.Body) < 100 || !strings.HasPrefix(file[1], "docs/") {
			t.Errorf("%s: %d bytes", file[1], len(got.Body))
		}
	}
}

func TestTheContractIsServedAsItStands(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	got := client.Get("/openapi.yaml").Want(200)
	if !bytes.Equal(got.Body, countersign.Contract) || got.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%d bytes of %s", len(got.Body), got.Header.Get("Content-Type"))
	}
	client.Get("/openapi.yaml", apptest.Header("If-None-Match", got.Header.Get("ETag"))).Want(304)
}

func TestKeysMayBeKeptForFiveMinutes(t *testing.T) {
	t.Parallel()
	client := apptest.New(t, apptest.Options{}).Client("")
	public, sandbox := client.Get("/.well-known/jwks.json").Want(200), client.Get("/.well-known/jwks-sandbox.json").Want(200)
	if got := public.Header.Get("Cache-Control"); got != "public, max-age=300" {
		t.Errorf("Cache-Control %s", got)
	}
	for _, key := range public.JSON()["keys"].([]any) {
		if bytes.Contains(sandbox.Body, []byte(key.(M)["kid"].(string))) {
			t.Error("a key is in both sets")
		}
		if key.(M)["d"] != nil {
			t.Error("a private key is published")
		}
	}
}
