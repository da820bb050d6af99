package refusedorigin

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// refuseTo logs the refusals of origins, each at a time.
func refuseTo(to *slog.Logger) func(origin, tenant string, at time.Time) {
	log := New(to)
	return func(origin, tenant string, at time.Time) { log.Add(Of(origin, tenant), "GET", "id", at) }
}

func TestARefusedOriginIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	refuse := refuseTo(slog.New(slog.NewTextHandler(&log, nil)))
	begin := time.Unix(0, 0)
	for _, c := range []struct {
		origin, tenant string
		at             time.Duration
		lines          int
	}{
		{"https://a.example", "acme", 0, 1},
		{"https://a.example", "acme", time.Second, 1},
		{"https://a.example", "acme", time.Minute - 1, 1},
		{"https://a.example", "other", time.Minute - 1, 2},
		{"https://b.example", "acme", time.Minute - 1, 3},
		{"https://a.example", "acme", time.Minute, 4},
		{"https://a.example", "acme", time.Minute + time.Second, 4},
		{"https://b.example", "acme", time.Minute + time.Second, 4},
	} {
		refuse(c.origin, c.tenant, begin.Add(c.at))
		if got := strings.Count(log.String(), "\n"); got != c.lines {
			t.Errorf("%s of %s after %v: %d lines, want %d", c.origin, c.tenant, c.at, got, c.lines)
		}
	}
}

// Anybody can make up origins: they fill neither the memory nor the log.
func TestMadeUpOriginsFillNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	refuse := refuseTo(slog.New(slog.NewTextHandler(&log, nil)))
	begin := time.Unix(0, 0)
	for i := range 3 * mostRefusedOrigins {
		refuse(fmt.Sprintf("https://%d.example", i), "", begin)
	}
	if got := strings.Count(log.String(), "\n"); got != mostRefusedOrigins {
		t.Errorf("%d lines, want %d", got, mostRefusedOrigins)
	}
	log.Reset()
	refuse("https://own.example", "", begin.Add(time.Minute))
	if !strings.Contains(log.String(), `remedy="countersign tenant update TENANT --add-origin https://own.example"`) {
		t.Errorf("a minute later: %s", log.String())
	}
}

// Whoever mistyped the origin of a tenant finds it in the log, whatever strangers send.
func TestMadeUpOriginsSilenceNoTenants(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	refuse := refuseTo(slog.New(slog.NewTextHandler(&log, nil)))
	begin := time.Unix(0, 0)
	for i := range 2 * mostRefusedOrigins {
		refuse(fmt.Sprintf("https://%d.example", i), "", begin)
	}
	log.Reset()
	refuse("https://own.example", "acme", begin)
	if !strings.Contains(log.String(), `remedy="countersign tenant update acme --add-origin https://own.example"`) {
		t.Errorf("a tenant's is not logged: %s", log.String())
	}
}

func TestATenantWithManyOriginsSilencesNoOther(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	refuse := refuseTo(slog.New(slog.NewTextHandler(&log, nil)))
	begin := time.Unix(0, 0)
	for minute := range 3 {
		for i := range 2 * mostRefusedOrigins {
			refuse(fmt.Sprintf("https://%d-%d.example", minute, i), "loud", begin.Add(time.Duration(minute)*time.Minute))
		}
		if got, want := strings.Count(log.String(), "\n"), (minute+1)*mostOfOneTenant; got != want {
			t.Errorf("%d lines after %d minutes, want %d", got, minute, want)
		}
	}
	log.Reset()
	refuse("https://own.example", "acme", begin.Add(2*time.Minute))
	if !strings.Contains(log.String(), "tenant=acme") {
		t.Errorf("the other tenant's is not logged: %s", log.String())
	}
}

// Not even very many tenants fill the memory.
func TestOriginsOfManyTenantsAreBoundedToo(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	refuse := refuseTo(slog.New(slog.NewTextHandler(&log, nil)))
	for i := range 2 * mostRefusedOrigins {
		refuse("https://own.example", fmt.Sprint("t", i), time.Unix(0, 0))
	}
	if got := strings.Count(log.String(), "\n"); got != mostRefusedOrigins {
		t.Errorf("%d lines, want %d", got, mostRefusedOrigins)
	}
}

func TestTheCommandThatLetsAnOriginInCanBePasted(t *testing.T) {
	t.Parallel()
	for origin, want := range map[string]string{
		"http://localhost:5173":            `"countersign tenant update acme --add-origin http://localhost:5173"`,
		"http://[::1]:5173":                `"countersign tenant update acme --add-origin 'http://[::1]:5173'"`,
		"https://xn--mnchen-3ya.example":   `"countersign tenant update acme --add-origin https://xn--mnchen-3ya.example"`,
		"null":                             "",
		"https://a.example;reboot":         "",
		"https://a.example --yes":          "",
		"https://$(reboot).example":        "",
		"https://a.example,https://b.test": "",
		"chrome-extension://abc":           "",
	} {
		var log bytes.Buffer
		refuseTo(slog.New(slog.NewTextHandler(&log, nil)))(origin, "acme", time.Unix(0, 0))
		_, got, _ := strings.Cut(strings.TrimSpace(log.String()), "remedy=")
		if got != want {
			t.Errorf("%s: %s, want %s", origin, got, want)
		}
	}
}
