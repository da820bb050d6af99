package repository_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
)

// What a real server answers quotes names and parameters, and what TLS fails
// with quotes hosts.
func TestWhyAConnectionFailedIsSaidWithoutQuotingTheURL(t *testing.T) {
	t.Parallel()
	server, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	otherServer := httptest.NewUnstartedServer(nil)
	otherServer.TLS = &tls.Config{NextProtos: []string{"postgresql"}}
	otherServer.Config.ErrorLog = log.New(io.Discard, "", 0)
	otherServer.StartTLS()
	t.Cleanup(otherServer.Close)
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, test := range map[string]struct {
		change func(u *url.URL, parameters url.Values)
		want   string
	}{
		"database":  {func(u *url.URL, _ url.Values) { u.Path = "/sentinel" }, "has no such database (SQLSTATE 3D000)"},
		"user":      {func(u *url.URL, _ url.Values) { u.User = url.UserPassword("sentinel", "sentinel") }, "SQLSTATE 28"},
		"parameter": {func(_ *url.URL, p url.Values) { p.Set("sentinel", "1") }, "does not know a parameter of the URL (SQLSTATE 42704)"},
		"value":     {func(_ *url.URL, p url.Values) { p.Set("work_mem", "sentinel") }, "refuses the value of a parameter of the URL (SQLSTATE 22023)"},
		"other":     {func(_ *url.URL, p url.Values) { p.Set("options", "-c sentinel") }, "(SQLSTATE "},
		"host":      {func(u *url.URL, _ url.Values) { u.Host = "sentinel.invalid" }, "the name of its host"},
		"port":      {func(u *url.URL, _ url.Values) { u.Host = "127.0.0.1:1" }, "connection refused"},
		"no TLS":    {func(_ *url.URL, p url.Values) { p.Set("sslmode", "require") }, "the server refuses TLS"},
		"authority": {func(u *url.URL, p url.Values) {
			u.Host = otherServer.Listener.Addr().String()
			p.Set("sslmode", "verify-full")
			p.Set("sslnegotiation", "direct")
		}, "name its certificate in sslrootcert"},
		"silence": {func(u *url.URL, p url.Values) {
			u.Host = silent.Addr().String()
			p.Set("connect_timeout", "1")
		}, "does not answer in time"},
		"socket": {func(u *url.URL, p url.Values) {
			u.Host = ""
			p.Set("host", "/sentinel")
		}, "no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed, parameters := *server, server.Query()
			test.change(&changed, parameters)
			changed.RawQuery = parameters.Encode()
			store, err := repository.Open(t.Context(), changed.String(), repository.Options{})
			if err == nil {
				store.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "sentinel") {
				t.Errorf("%v, want %q in it", err, test.want)
			}
		})
	}
}
