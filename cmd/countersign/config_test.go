package main

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDatabaseURLNamesAFileOrAPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url, path string
		refused   bool
	}{
		{url: "sqlite:data/countersign.db", path: "data/countersign.db"},
		{url: "sqlite:/var/lib/countersign/c.db", path: "/var/lib/countersign/c.db"},
		{url: "sqlite:///var/lib/c.db", path: "/var/lib/c.db"},
		{url: "postgres://u:p@db:5432/c?sslmode=require"},
		{url: "postgresql://db/c"},
		{url: "sqlite: data/countersign.db", path: "data/countersign.db"},
		{url: "sqlite:my data/countersign.db", path: "my data/countersign.db"},
		{url: "sqlite:data/countersign.db\nsqlite:other.db", refused: true},
		{url: "sqlite:data/\tcountersign.db", refused: true},
		{url: "sqlite:data/countersign.db\x00", refused: true},
		{url: "postgres://u:12/cret@db/c", refused: true},
		{url: "sqlite:", refused: true},
		{url: "sqlite::memory:", refused: true},
		{url: "sqlite:data/", refused: true},
		{url: "sqlite://data/countersign.db", refused: true},
		{url: "mysql://db/c", refused: true},
		{url: "data/countersign.db", refused: true},
		{url: "postgres:db", refused: true},
		{url: "host=db dbname=c", refused: true},
	} {
		path, err := sqlitePath(test.url, databaseVariable)
		if path != test.path || (err != nil) != test.refused {
			t.Errorf("sqlitePath(%q) = %q, %v; want %q, refused: %v", test.url, path, err, test.path, test.refused)
		}
	}
}

func TestKeysetIsAFileBesideTheDatabaseUnlessNamed(t *testing.T) {
	t.Parallel()
	onSQLite := config{sqlite: "data/countersign.db"}
	for _, test := range []struct {
		config        config
		setting, path string
		refused       bool
	}{
		{config: onSQLite, path: "data/countersign.keyset"},
		{config: onSQLite, setting: "/etc/keyset.json", path: "/etc/keyset.json"},
		{config: onSQLite, setting: "file:///etc/keyset.json", path: "/etc/keyset.json"},
		{setting: "keyset.json", path: "keyset.json"},
		{},
		{setting: "gcp-kms://projects/p", refused: true},
		{setting: "aws-kms://arn:aws:kms:eu-west-1:1:key/k", refused: true},
		{setting: "aws-kms:arn", refused: true},
		{setting: "hcvault://vault/transit/keys/k", refused: true},
	} {
		path, err := test.config.keysetPath(test.setting)
		if path != test.path || (err != nil) != test.refused {
			t.Errorf("keysetPath(%q) = %q, %v; want %q, refused: %v", test.setting, path, err, test.path, test.refused)
		}
	}
}

func TestIssuerIsAURLWithoutQuery(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"":                                true,
		"https://2fa.example.com":         true,
		"https://example.com/2fa/":        true,
		"http://127.0.0.1:8080":           true,
		"2fa.example.com":                 false,
		"ftp://example.com":               false,
		"https://":                        false,
		"https://example.com?":            false,
		"https://example.com/?a=b":        false,
		"https://example.com/#here":       false,
		"https://user:secret@example.com": false,
		"https://example.com/a b":         false,
	} {
		if err := checkIssuer(text); (err == nil) != good {
			t.Errorf("checkIssuer(%q) = %v, want good: %v", text, err, good)
		}
	}
}

func TestIssuerWithoutASettingNamesTheAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{ // and what it is in development
		"127.0.0.1:8080": {"http://127.0.0.1:8080", "http://localhost:8080"},
		"[::1]:8080":     {"http://[::1]:8080", "http://localhost:8080"},
		"0.0.0.0:80":     {"http://localhost:80", "http://localhost:80"},
		"[::]:8080":      {"http://localhost:8080", "http://localhost:8080"},
		"127.0.0.2:8080": {"http://127.0.0.2:8080", "http://127.0.0.2:8080"}, // which localhost is not
		"192.0.2.7:8080": {"http://192.0.2.7:8080", "http://192.0.2.7:8080"},
	} {
		tcp, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{issuerAt(tcp, false), issuerAt(tcp, true)}; got != want {
			t.Errorf("issuerAt(%s) = %s, want %s", address, got, want)
		}
	}
}

func TestProxiesAreNetworks(t *testing.T) {
	t.Parallel()
	proxies, err := parseProxies([]string{"10.1.2.3/8", " 192.0.2.7", "2001:db8::1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range proxies {
		got = append(got, p.String())
	}
	if diff := cmp.Diff([]string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::1/128"}, got); diff != "" {
		t.Error(diff)
	}
	if _, err := parseProxies([]string{"proxy.example.com"}); err == nil {
		t.Error("a name passed as a network")
	}
}

func TestBootstrapKeyHasAtLeast256Bits(t *testing.T) {
	t.Parallel()
	const hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	const base64 = "3iWXG5HUd7U5EtkyB06ypH1j0hPJJm_rQnSUdjSXGPo"
	for _, test := range []struct {
		name, key string
		good      bool
	}{
		{"64 hex digits", hex, true},
		{"upper-case hex", strings.ToUpper(hex), true},
		{"43 of base64url", base64, true},
		{"44 of base64", base64[:42] + "/=", true},
		{"a key of ours", "csk_acme_" + base64, true},
		{"a key of another tenant", "csk_other_" + base64, false},
		{"a key whose prefix is counted", "csk_acme_" + base64[:34], false},
		{"63 hex digits", hex[1:], false},
		{"42 of base64url", base64[1:], false},
		{"a UUID", "b46a2d5e-9f3c-4a53-8f0e-3c1d7b6a9e42", false},
		{"77 digits", strings.Repeat("1234567890", 7) + "1234567", false},
		{"one character, many times", strings.Repeat("a", 100), false},
		{"seven characters, many times", strings.Repeat("AbCdEfG", 20), false},
		{"with a space", hex + " x", false},
		{"with a line break", hex + "\nx", false},
		{"not ASCII", hex + "é", false},
		{"like an operator key", "cso_" + base64, false},
		{"like a ticket", hex + "." + hex + "." + hex, false},
		{"too long for a header", strings.Repeat(hex, 20), false},
	} {
		err := checkBootstrapKey(test.key, "acme")
		if (err == nil) != test.good {
			t.Errorf("%s: %v, want good: %v", test.name, err, test.good)
		}
		if err != nil && strings.Contains(err.Error(), test.key) {
			t.Errorf("%s: the key is quoted: %v", test.name, err)
		}
	}
}

func TestPathsAreQuotedForTheShell(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"data/demo.key", "my data/demo.key", "it's/demo.key", "$HOME/`x`/demo.key", `a\b"c.key`} {
		got, err := exec.Command("sh", "-c", "printf %s "+shellQuote(path)).Output()
		if err != nil || string(got) != path {
			t.Errorf("the shell reads %s as %q, %v", shellQuote(path), got, err)
		}
	}
}

func TestHealthcheckAsksThisMachine(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		":8080":          "http://127.0.0.1:8080/readyz",
		"0.0.0.0:80":     "http://127.0.0.1:80/readyz",
		"[::]:8080":      "http://[::1]:8080/readyz",
		"192.0.2.7:8080": "http://192.0.2.7:8080/readyz",
		"localhost:8080": "http://localhost:8080/readyz",
		"127.0.0.1:0":    "",
		"8080":           "",
		"http://x:80":    "",
	} {
		command := healthcheckCommand{address: address{Addr: addr}}
		if got, err := command.target(); got != want || (err != nil) != (want == "") {
			t.Errorf("target of %q is %q, %v; want %q", addr, got, err, want)
		}
		command.Live, want = true, strings.Replace(want, "/readyz", "/healthz", 1)
		if got, err := command.target(); got != want || (err != nil) != (want == "") {
			t.Errorf("with --live it is %q, %v; want %q", got, err, want)
		}
	}
}
