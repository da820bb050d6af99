package main

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/auditcmd"
	"github.com/countersign/countersign/cmd/countersign/internal/environment"
	"github.com/countersign/countersign/cmd/countersign/internal/webhookcmd"
	"github.com/countersign/countersign/service/webhook/target"
)

// address is the setting that serve and healthcheck share.
type address struct {
	Addr string `env:"COUNTERSIGN_ADDR" group:"serving" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on; default: 127.0.0.1:8080. Port 0 takes a free one, which the log names."`
}

// check refuses what net.Listen would misunderstand.
func (a address) check() error { return checkAddress("COUNTERSIGN_ADDR", a.Addr, "8080") }

func checkAddress(setting, text, usual string) error {
	host, port, err := net.SplitHostPort(text)
	if err != nil || port == "" || strings.ContainsAny(host, "/ ") {
		return usagef("%s must be HOST:PORT, as in 127.0.0.1:%s or :%s", setting, usual, usual)
	}
	return nil
}

// start is the setting that serve and migrate share: both run where nobody is
// there to try again.
type start struct {
	StartTimeout time.Duration `env:"COUNTERSIGN_START_TIMEOUT" group:"serving" default:"60s" placeholder:"60s" help:"How long to wait at the start for a PostgreSQL that cannot be reached; 0s: not at all."`
}

// longestStart is for a database that is restored while its service waits.
const longestStart = time.Hour

func (s start) check() error {
	if s.StartTimeout < 0 || s.StartTimeout > longestStart {
		return usagef("COUNTERSIGN_START_TIMEOUT must be 0s to %v", longestStart)
	}
	return nil
}

// serving is what serve reads beside the settings of every command.
type serving struct {
	address
	start
	webhookcmd.Outgoing
	auditcmd.Retention
	MetricsAddr         string        `env:"COUNTERSIGN_METRICS_ADDR" group:"serving" placeholder:"HOST:PORT" help:"Address for /metrics, apart from that of the API, which then has none; /healthz and /readyz are at both; default: not set."`
	MaxConnections      int           `name:"database-max-connections" env:"COUNTERSIGN_DATABASE_MAX_CONNECTIONS" group:"serving" default:"20" placeholder:"20" help:"Connections to PostgreSQL that this process may open for requests; lists and readiness have their own."`
	Issuer              string        `env:"COUNTERSIGN_ISSUER" group:"serving" placeholder:"URL" help:"Base URL that tokens name as their issuer; default: http://ADDR. Keep it for good: hosts compare it."`
	BootstrapTenant     string        `env:"COUNTERSIGN_BOOTSTRAP_TENANT" group:"serving" placeholder:"NAME" help:"Tenant to make at start, where it is missing, with the key in the variable COUNTERSIGN_BOOTSTRAP_API_KEY or in the file."`
	BootstrapAPIKeyFile string        `name:"bootstrap-api-key-file" env:"COUNTERSIGN_BOOTSTRAP_API_KEY_FILE" group:"serving" placeholder:"PATH" help:"File that holds the bootstrap tenant's service key, at least 256 random bits, as of: openssl rand -hex 32. A new one replaces the one before, which is revoked."`
	BootstrapSandbox    bool          `env:"COUNTERSIGN_BOOTSTRAP_SANDBOX" group:"serving" help:"Make the bootstrap tenant a sandbox, for integration tests."`
	TrustedProxies      []string      `env:"COUNTERSIGN_TRUSTED_PROXIES" group:"serving" placeholder:"CIDR" help:"Networks of proxies whose X-Forwarded-For is believed; default: none."`
	Migrate             bool          `env:"COUNTERSIGN_MIGRATE" group:"serving" help:"Let serve migrate a PostgreSQL database first."`
	MaxClockGap         time.Duration `env:"COUNTERSIGN_MAX_CLOCK_GAP" group:"serving" default:"5s" placeholder:"5s" help:"How far this clock and the database's may be apart before no code is judged."`
	MaxInFlight         int           `env:"COUNTERSIGN_MAX_IN_FLIGHT" group:"serving" default:"${max_in_flight}" placeholder:"${max_in_flight}" help:"How many calls are decided at once, of all tenants; one tenant holds at most three quarters. More wait, tenants in turn."`
	AuditLog            string        `env:"COUNTERSIGN_AUDIT_LOG" group:"serving" placeholder:"stderr|stdout|FILE" help:"Where to write a line of JSON for each event that this process commits to the audit trail; default: nowhere."`
	AuditLogRequired    bool          `env:"COUNTERSIGN_AUDIT_LOG_REQUIRED" group:"serving" help:"Refuse what would leave an event while the audit log cannot be written."`
	ShutdownDelay       time.Duration `env:"COUNTERSIGN_SHUTDOWN_DELAY" group:"serving" default:"2s" placeholder:"2s" help:"How long to answer on, but report not ready, after SIGTERM; none with --dev."`
}

// serveConfig is what it means, checked.
type serveConfig struct {
	serving
	issuer       string // empty: named after the address
	bootstrapKey string
	proxies      []netip.Prefix
	targets      target.List
	keep         time.Duration // audit events; 0: for good
	development  bool
}

// The ranges beyond which a duration is a slip of the pen. A gap of half a
// step would let a code be judged in another step than its own.
const (
	longestClockGap      = 15 * time.Second
	longestShutdownDelay = time.Minute
)

// Fewer calls in flight than that would leave a tenant hardly any, and more than
// that would hold what waits in memory, where nothing is fair.
const (
	leastInFlight = 8
	mostInFlight  = 4096
)

// Of two connections one can commit while the other reads. A server with a
// thousand of one replica's has trouble of another kind.
const (
	fewestConnections = 2
	mostConnections   = 1000
)

func (s serving) parse() (serveConfig, error) {
	c := serveConfig{serving: s, issuer: strings.TrimRight(s.Issuer, "/")}
	if err := cmp.Or(s.address.check(), s.start.check()); err != nil {
		return serveConfig{}, err
	}
	if s.MetricsAddr != "" {
		if err := checkAddress("COUNTERSIGN_METRICS_ADDR", s.MetricsAddr, "9090"); err != nil {
			return serveConfig{}, err
		}
	}
	if err := checkIssuer(s.Issuer); err != nil {
		return serveConfig{}, err
	}
	switch {
	case s.MaxClockGap <= 0 || s.MaxClockGap > longestClockGap:
		return serveConfig{}, usagef("COUNTERSIGN_MAX_CLOCK_GAP must be more than 0s and at most %v", longestClockGap)
	case s.MaxInFlight < leastInFlight || s.MaxInFlight > mostInFlight:
		return serveConfig{}, usagef("COUNTERSIGN_MAX_IN_FLIGHT must be a number from %d to %d", leastInFlight, mostInFlight)
	case s.ShutdownDelay < 0 || s.ShutdownDelay > longestShutdownDelay:
		return serveConfig{}, usagef("COUNTERSIGN_SHUTDOWN_DELAY must be 0s to %v", longestShutdownDelay)
	case s.AuditLogRequired && s.AuditLog == "":
		return serveConfig{}, usagef("COUNTERSIGN_AUDIT_LOG_REQUIRED asks for an audit log; set COUNTERSIGN_AUDIT_LOG to stderr, stdout or a file")
	case s.MaxConnections < fewestConnections || s.MaxConnections > mostConnections:
		return serveConfig{}, usagef("COUNTERSIGN_DATABASE_MAX_CONNECTIONS must be %d to %d", fewestConnections, mostConnections)
	}
	var err error
	if c.proxies, err = parseProxies(s.TrustedProxies); err != nil {
		return serveConfig{}, err
	}
	if c.keep, err = s.Keep(); err != nil {
		return serveConfig{}, err
	}
	if c.targets, err = s.Targets(); err != nil {
		return serveConfig{}, err
	}
	c.bootstrapKey, err = s.bootstrapKey()
	return c, err
}

func checkIssuer(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil ||
		strings.ContainsAny(text, "?# ") {
		return usagef("COUNTERSIGN_ISSUER must be an http or https URL without query, as in https://2fa.example.com")
	}
	return nil
}

// issuerAt is the issuer where none is set. An address that means every
// interface names none of them. In development this machine is called by its
// name, which browsers have passkeys for: to an address they bind none.
func issuerAt(addr net.Addr, development bool) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String() // unreachable: a TCP address has a port
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.IsUnspecified() || development && isLocalhost(ip)) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// isLocalhost tells the addresses that localhost has from the other loopback ones.
func isLocalhost(ip netip.Addr) bool {
	return ip == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || ip == netip.IPv6Loopback()
}

// parseProxies reads networks, and single addresses as networks of one.
func parseProxies(texts []string) ([]netip.Prefix, error) {
	var proxies []netip.Prefix
	for i, text := range texts {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if ip, notIP := netip.ParseAddr(text); notIP == nil {
			prefix, err = ip.Prefix(ip.BitLen())
		}
		if err != nil {
			return nil, usagef("COUNTERSIGN_TRUSTED_PROXIES must be networks such as 10.0.0.0/8, separated by commas; number %d of them is none", i+1)
		}
		proxies = append(proxies, prefix.Masked())
	}
	return proxies, nil
}

// bootstrapKey reads the key; it comes with a tenant or not at all.
func (s serving) bootstrapKey() (string, error) {
	key, err := secret(environment.BootstrapKey, os.Getenv(environment.BootstrapKey), s.BootstrapAPIKeyFile)
	switch {
	case err != nil:
		return "", err
	case key == "" && s.BootstrapTenant == "":
		return "", nil
	case key == "" || s.BootstrapTenant == "":
		return "", usagef("COUNTERSIGN_BOOTSTRAP_TENANT and %s go together; set both or neither", environment.BootstrapKey)
	}
	return key, checkBootstrapKey(key, s.BootstrapTenant)
}
