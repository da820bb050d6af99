// Package target says where webhooks may be: nowhere inside, unless the operator says
// so. Whoever chooses a URL must not reach by it what they could not reach themselves
// (server-side request forgery).
package target

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"code.dny.dev/ssrf"

	"github.com/countersign/countersign/service/domain"
)

// List is what is allowed beside the public addresses. The zero value is nothing.
type List struct {
	networks []netip.Prefix
	hosts    []string
}

// ErrEntry says that an entry of a list is neither network nor name.
var ErrEntry = errors.New("an entry is a network such as 10.1.0.0/16, an address or a host name")

// Parse reads networks, addresses and names of hosts.
func Parse(entries []string) (List, error) {
	var list List
	for _, entry := range entries {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if network, err := netip.ParsePrefix(entry); err == nil {
			list.networks = append(list.networks, network.Masked())
			continue
		}
		if addr, err := netip.ParseAddr(entry); err == nil {
			list.networks = append(list.networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		if !isName(entry) {
			return List{}, ErrEntry
		}
		list.hosts = append(list.hosts, strings.TrimSuffix(entry, "."))
	}
	return list, nil
}

func isName(text string) bool {
	return text != "" && len(text) <= 253 && !strings.Contains(text, "..") && !endsInNumber(text) &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// endsInNumber is true of what some resolvers take for an address, as 127.1, 0x7f.1
// and 2130706433 (URL standard, "ends in a number checker").
func endsInNumber(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	last := labels[len(labels)-1]
	return last == "" || strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == ""
}

// Trusts reports whether a host is allowed by its name, wherever that leads.
func (l List) Trusts(host string) bool {
	return slices.Contains(l.hosts, strings.TrimSuffix(strings.ToLower(host), "."))
}

// nat64 is the prefix by which networks without IPv4 reach its addresses (RFC 6052,
// section 2.1): the last four bytes say which.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// public denies what the IANA registries of special purposes have.
var public = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())

// Permits reports whether an address may be connected to.
func (l List) Permits(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if l.lists(addr) {
		return true
	}
	if nat64.Contains(addr) {
		bytes := addr.As16()
		addr = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	return l.lists(addr) || public.SafeAddr(addr) == nil
}

func (l List) lists(addr netip.Addr) bool {
	return slices.ContainsFunc(l.networks, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// The refusals of CheckURL.
var (
	errURL         = refusal("A webhook has an absolute URL with a host, at most 2048 characters long, as in https://example.com/countersign.")
	errCredentials = refusal("The URL of a webhook has no user and no password: the signature says who sends. Leave them out.")
	errFragment    = refusal("The URL of a webhook has no fragment, which is never sent. Leave out the # and what follows.")
	errScheme      = refusal("The URL of a webhook begins with https://. For http name its host or its network in COUNTERSIGN_WEBHOOK_ALLOW.")
	errAddress     = refusal("The URL names an address that is private or reserved. If it is meant, add its network to COUNTERSIGN_WEBHOOK_ALLOW.")
	errNumber      = refusal("The host of the URL is neither a name nor an address as it is usually written, as in 203.0.113.7 or [2001:db8::7].")
)

func refusal(detail string) error { return domain.ErrInvalidRequest.WithDetail(detail) }

const maxURL = 2048

// CheckURL refuses what could never be sent to. Where a name leads is found out each
// time that it is connected to, and not here: it can change.
func (l List) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxURL || u.Opaque != "" || u.Hostname() == "" || !domain.ValidText(text, 1, maxURL) || strings.ContainsAny(text, " \\"):
		return errURL
	case u.User != nil:
		return errCredentials
	case strings.Contains(text, "#"):
		return errFragment
	case u.Scheme != "https" && u.Scheme != "http":
		return errScheme
	}
	host := u.Hostname()
	addr, err := netip.ParseAddr(host)
	switch {
	case l.Trusts(host):
		return nil
	case err == nil && !l.Permits(addr):
		return errAddress
	case err != nil && (endsInNumber(host) || net.ParseIP(host) != nil):
		return errNumber
	case u.Scheme == "http" && (err != nil || !l.lists(addr.Unmap())):
		return errScheme
	}
	return nil
}
