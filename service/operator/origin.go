package operator

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/countersign/countersign/service/domain"
)

// parseOrigins returns the origins as browsers send them, each once.
func parseOrigins(texts []string) ([]string, error) {
	var origins []string
	for i, text := range texts {
		origin, refusal := parseOrigin(text)
		if refusal != nil {
			return nil, refusal.WithField(originField(i))
		}
		if !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	return origins, nil
}

// originField points to an origin in the body of a request.
func originField(i int) string { return "/origins/" + strconv.Itoa(i) }

// defaultPorts are left out of an origin (URL standard, "default port").
var defaultPorts = map[string]uint64{"https": 443, "http": 80}

// parseOrigin returns the origin as a browser writes it into the header Origin
// (RFC 6454, section 6.2; URL standard, "host serializing"), since it is compared
// byte by byte. What no browser sends is refused, and so is what names more than
// an origin, such as a path: it would not be heeded.
func parseOrigin(text string) (string, *domain.Error) {
	scheme, rest, _ := strings.Cut(text, "://")
	scheme, rest = strings.ToLower(scheme), strings.TrimSuffix(rest, "/")
	host, port := cutPort(rest)
	switch {
	case strings.Contains(text, "@"):
		return "", domain.ErrInvalidRequest.WithDetail("An origin has no user and no password. Leave out what stands before the @.")
	case text == "null":
		return "", noOrigin(text, "it stands for every page that has no origin, such as a file. Serve the page from a host of its own, and name that.")
	case defaultPorts[scheme] == 0:
		return "", noOrigin(text, "begin it with https:// or http://.")
	case strings.Contains(rest, "*"):
		return "", noOrigin(text, "there is no wildcard. Name each origin.")
	case strings.ContainsAny(rest, `/\?#`):
		return "", noOrigin(text, "leave out what stands behind host and port.")
	}
	host, remedy := parseHost(host)
	if remedy != "" {
		return "", noOrigin(text, remedy)
	}
	port, ok := parsePort(port, defaultPorts[scheme])
	if !ok {
		return "", noOrigin(text, "a port is a number from 1 to 65535, or left out together with its colon.")
	}
	return scheme + "://" + host + port, nil
}

func noOrigin(text, remedy string) *domain.Error {
	return refuse("%s is not an origin such as https://app.example.com: "+remedy, quoted(text, "This"))
}

// cutPort cuts off the port with its colon, which is behind the brackets of an
// IPv6 address.
func cutPort(authority string) (host, port string) {
	end := strings.IndexByte(authority, ']') + 1
	if colon := strings.IndexByte(authority[end:], ':'); colon >= 0 {
		end += colon
		return authority[:end], authority[end:]
	}
	return authority, ""
}

func parsePort(port string, usual uint64) (string, bool) {
	if port == "" {
		return "", true
	}
	number, err := strconv.ParseUint(port[1:], 10, 16)
	if number == usual {
		return "", true
	}
	return fmt.Sprintf(":%d", number), err == nil && number > 0
}

// domains converts as the URL standard does in "domain to ASCII", and refuses names that
// the DNS cannot hold.
var domains = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.VerifyDNSLength(true))

var (
	hostName = regexp.MustCompile(`^[a-z0-9_-]+(\.[a-z0-9_-]+)*$`)
	// numericHost is what a browser reads as an IPv4 address, or refuses (URL
	// standard, "ends in a number checker").
	numericHost = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)
)

// parseHost returns the host in the one spelling that browsers send, or what to
// do about it.
func parseHost(text string) (host, remedy string) {
	if strings.HasPrefix(text, "[") {
		return parseIPv6(text)
	}
	relative, rooted := strings.CutSuffix(text, ".")
	host, err := domains.ToASCII(relative)
	if err != nil || !utf8.ValidString(text) || !hostName.MatchString(host) {
		return "", "the host is none that a browser could send."
	}
	if numericHost.MatchString(host) {
		if _, err := netip.ParseAddr(host); err != nil || rooted {
			return "", "write an IPv4 address as four decimal numbers, as in 192.0.2.1."
		}
	}
	if rooted { // which is another origin
		host += "."
	}
	return host, ""
}

func parseIPv6(text string) (host, remedy string) {
	inner, closed := strings.CutSuffix(text[1:], "]")
	a, err := netip.ParseAddr(inner)
	switch {
	case err != nil || !closed || !a.Is6() || a.Zone() != "":
		return "", "write an IPv6 address in brackets and without a zone, as in [2001:db8::1]."
	case a.Is4In6(): // which the URL standard writes without dots, and netip with them
		bytes := a.As16()
		return fmt.Sprintf("[::ffff:%x:%x]", int(bytes[12])<<8|int(bytes[13]), int(bytes[14])<<8|int(bytes[15])), ""
	}
	return "[" + a.String() + "]", ""
}
