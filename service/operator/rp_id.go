package operator

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"github.com/countersign/countersign/service/domain"
)

// rpIDField points to the relying party id in the body of a request.
const rpIDField = "/rp_id"

// domainLabels are those of a valid domain (URL standard, "valid domain"): unlike
// an origin's host, it has no underscore.
var domainLabels = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*$`)

// parseRPID returns a relying party id in the one spelling whose hash
// authenticators sign: a valid domain (WebAuthn Level 3, section 4, "RP ID"), in
// lower case and A-labels. An empty text stays empty: passkeys are not configured.
func parseRPID(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	host, err := domains.ToASCII(text)
	_, notAddress := netip.ParseAddr(strings.Trim(text, "[]"))
	switch {
	case notAddress == nil || numericHost.MatchString(host):
		return "", noRPID(text, "browsers take no address. Give the host a name, and use that; on this machine it is localhost.")
	case strings.ContainsAny(text, `:/\?#@`):
		return "", noRPID(text, "it is the name of a host alone, without scheme, port and path.")
	case strings.HasSuffix(host, "."):
		return "", noRPID(text, "leave out the dot at its end.")
	case err != nil || !utf8.ValidString(text) || !domainLabels.MatchString(host):
		return "", noRPID(text, "it is not a name that the DNS could hold.")
	case isPublicSuffix(host):
		return "", noRPID(text, "strangers have names below it too, and would share the passkeys. Add the label that is yours.")
	}
	return host, nil
}

func noRPID(text, remedy string) error {
	return refuse("%s is not an rp id such as example.com: "+remedy, quoted(text, "This")).WithField(rpIDField)
}

// isPublicSuffix reports whether names below host are given to whoever wants one.
// A single label that is on no list is a suffix by default alone: localhost, or a
// host of an intranet.
func isPublicSuffix(host string) bool {
	suffix, listed := publicsuffix.PublicSuffix(host)
	return suffix == host && (listed || strings.Contains(host, "."))
}

// checkOrigins refuses a tenant with an origin whose pages could not use its
// passkeys. Typed are the origins as they were submitted.
func checkOrigins(t domain.Tenant, typed []string) error {
	for _, origin := range t.Origins {
		_, authority, _ := strings.Cut(origin, "://")
		if host, _ := cutPort(authority); t.RPID != "" && !coversHost(t.RPID, host) {
			return refuse("Browsers let no page of %s use passkeys of the rp id %s. "+
				"Choose one that is the host of every origin or a parent domain of it, or take the origin away. Or add --related-origins, and serve at "+
				"https://%[2]s/.well-known/webauthn what this prints: countersign tenant related-origins %[3]s",
				submitted{origin, "this origin"}, submitted{t.RPID, "RP_ID"}, submitted{t.ID, "TENANT"}).WithField(fieldOf(origin, typed))
		}
	}
	return nil
}

// fieldOf points to an origin that was submitted, or to the relying party id with which
// one that is stored does not go.
func fieldOf(origin string, typed []string) string {
	for i, text := range typed {
		if parsed, _ := parseOrigin(text); parsed == origin {
			return originField(i)
		}
	}
	return rpIDField
}

// coversHost reports whether pages of host may use passkeys of rpID: it is the host
// or a parent that can be registered (HTML standard, "is a registrable domain
// suffix of or is equal to"). A name that lies inside of the host's public suffix
// is no such parent, as amazonaws.com is none of a host below s3.amazonaws.com.
func coversHost(rpID, host string) bool {
	suffix, _ := publicsuffix.PublicSuffix(host)
	return host == rpID || strings.HasSuffix(host, "."+rpID) && len(rpID) > len(suffix)
}
