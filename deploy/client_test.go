package deploy_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// clientAddress is where the clients of the proxies ask from.
const clientAddress = "127.9.9.9"

// client asks one server, as https://2fa.example.com, for whom it holds it.
type client struct {
	base       string
	host       string // by default the site
	credential string
	http       *http.Client
}

// throughProxy asks a proxy, whose certificate these roots have signed.
func throughProxy(address string, roots *x509.CertPool, path, credential string) client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(clientAddress)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: site, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
		DialContext: dialer.DialContext,
	}
	return client{base: "https://" + address + path, credential: credential, http: &http.Client{Transport: transport, Timeout: time.Minute}}
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// call sends a path as it is written: Go's client does not clean it.
func (c client) call(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	got, err := c.try(t.Context(), method, path, strings.NewReader(body), headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (c client) try(ctx context.Context, method, path string, body io.Reader, headers ...string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return answer{}, err
	}
	request.Host = cmp.Or(c.host, site)
	request.Header.Set("Content-Type", "application/json")
	if c.credential != "" {
		request.Header.Set("Authorization", "Bearer "+c.credential)
	}
	for n := 0; n < len(headers); n += 2 {
		request.Header.Set(headers[n], headers[n+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	var read bytes.Buffer
	_, err = read.ReadFrom(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: read.String()}, err
}

// must fails the test unless the status is this one.
func (a answer) must(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// text returns a text of an object of JSON.
func text(t *testing.T, object, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(object), &fields); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, object)
	}
	value, ok := fields[name].(string)
	if !ok {
		t.Fatalf("no text %q in %s", name, object)
	}
	return value
}
