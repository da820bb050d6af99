package main

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
)

func TestPlainHTTPBeyondThisMachineIsWarnedOf(t *testing.T) {
	t.Parallel()
	const atIssuer, atListener = "COUNTERSIGN_ISSUER is plain http", "the listener is plain http"
	for _, test := range []struct {
		issuer, addr, proxies string
		development           bool
		want                  string
	}{
		{issuer: "http://2fa.example.com", addr: "127.0.0.1:8080", want: atIssuer},
		{issuer: "http://2fa.example.com/cs", addr: "0.0.0.0:8080", want: atIssuer},
		{issuer: "http://192.0.2.7:8080", addr: "127.0.0.1:8080", proxies: "192.0.2.1", want: atIssuer},
		{issuer: "http://localhost.example.com", addr: "127.0.0.1:8080", want: atIssuer},
		{issuer: "http://2fa.example.com", addr: "127.0.0.1:8080", development: true, want: atIssuer},
		{issuer: "https://2fa.example.com", addr: "0.0.0.0:8080", want: atListener},
		{issuer: "https://2fa.example.com", addr: "[::]:8080", want: atListener},
		{issuer: "http://localhost:8080", addr: "192.0.2.7:8080", want: atListener},
		{addr: "0.0.0.0:8080", want: atListener},
		{issuer: "https://2fa.example.com", addr: "0.0.0.0:8080", proxies: "10.0.0.0/8"},
		{issuer: "https://2fa.example.com", addr: "127.0.0.1:8080"},
		{issuer: "http://127.0.0.1:8080", addr: "127.0.0.1:8080"},
		{issuer: "http://LocalHost:8080", addr: "[::1]:8080"},
		{issuer: "http://cs.localhost", addr: "127.0.0.1:8080"},
		{issuer: "http://[::1]:8080", addr: "127.0.0.1:8080"},
		{addr: "127.0.0.1:8080"},
		{addr: "0.0.0.0:8080", development: true},
	} {
		config := serveConfig{issuer: test.issuer, development: test.development}
		if test.proxies != "" {
			var err error
			if config.proxies, err = parseProxies([]string{test.proxies}); err != nil {
				t.Fatal(err)
			}
		}
		addr, err := net.ResolveTCPAddr("tcp", test.addr)
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		config.warnOfPlainHTTP(slog.New(slog.NewTextHandler(&log, nil)), addr)
		lines := strings.Count(log.String(), "\n")
		if test.want == "" && lines != 0 || test.want != "" && (lines != 1 || !strings.Contains(log.String(), test.want)) {
			t.Errorf("%+v: logged %q", test, log.String())
		}
	}
}
