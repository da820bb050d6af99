package main

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// warnOfPlainHTTP says at a start that codes, keys and tokens cross a network
// unencrypted. The listener is left alone behind a proxy that is named: TLS ends
// there.
func (c serveConfig) warnOfPlainHTTP(logger *slog.Logger, listener net.Addr) {
	issuer, err := url.Parse(c.issuer)
	switch {
	case err == nil && issuer.Scheme == "http" && !isLoopback(issuer.Hostname()):
		logger.Warn("COUNTERSIGN_ISSUER is plain http, so codes, keys and tokens can be read on the way; terminate TLS in front and set COUNTERSIGN_ISSUER to the https URL",
			"issuer", c.issuer)
	case c.development, len(c.proxies) > 0, isLoopback(hostOf(listener)):
	default:
		logger.Warn("the listener is plain http and can be reached from other machines; terminate TLS in front and name that proxy in COUNTERSIGN_TRUSTED_PROXIES, or listen on 127.0.0.1 with COUNTERSIGN_ADDR",
			"addr", listener.String())
	}
}

func hostOf(addr net.Addr) string {
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String() // unreachable: a TCP address has a port
	}
	return host
}

// isLoopback: names below localhost are this machine too (RFC 6761, section
// 6.3).
func isLoopback(host string) bool {
	host = strings.ToLower(host)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}
