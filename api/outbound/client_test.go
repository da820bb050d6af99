package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/webhook"
	"github.com/countersign/countersign/service/webhook/target"
)

func allow(t *testing.T, entries ...string) target.List {
	t.Helper()
	list, err := target.Parse(entries)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func message(url string) webhook.Message {
	return webhook.Message{URL: url, ID: "0193", Timestamp: "1614265330", Signature: "v1,c2lnbmF0dXJl", Body: []byte(`{"type":"webhook.test"}`)}
}

func TestADeliveryIsAPOSTWithTheHeadersOfTheSpecification(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = []string{r.Method, r.URL.String(), r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), r.Header.Get("content-type"), string(body)}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	answer := New(allow(t, "127.0.0.1")).Post(t.Context(), message(server.URL+"/hook?a=b"))
	want := []string{"POST", "/hook?a=b", "0193", "1614265330", "v1,c2lnbmF0dXJl", "application/json", `{"type":"webhook.test"}`}
	if diff := cmp.Diff(want, got); diff != "" || answer.Status != 202 || !answer.Delivered() {
		t.Errorf("%+v (-want +got):\n%s", answer, diff)
	}
}

func TestAReceiverIsJudgedByItsStatusAndByNothingElse(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	var followed, endless atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscan(r.PathValue("code"), &code)
		w.Header().Set("Retry-After", "120")
		w.Header().Set("Location", "/followed")
		w.WriteHeader(code)
	})
	mux.HandleFunc("/followed", func(http.ResponseWriter, *http.Request) { followed.Add(1) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, _ *http.Request) {
		for block := make([]byte, 1<<10); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
			endless.Add(1)
		}
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 2000 {
			w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("x", 1000))
		}
	})
	mux.HandleFunc("/hangup", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	})
	mux.HandleFunc("/nonsense", func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		io.WriteString(conn, "SSH-2.0-OpenSSH\r\n\r\n")
		conn.Close()
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(stop)
	client := New(allow(t, "127.0.0.1"))
	for path, want := range map[string]webhook.Answer{
		"/status/200": {Status: 200, RetryAfter: 2 * time.Minute},
		"/status/204": {Status: 204, RetryAfter: 2 * time.Minute},
		"/status/301": {Status: 301, RetryAfter: 2 * time.Minute},
		"/status/302": {Status: 302, RetryAfter: 2 * time.Minute},
		"/status/307": {Status: 307, RetryAfter: 2 * time.Minute},
		"/status/308": {Status: 308, RetryAfter: 2 * time.Minute},
		"/status/410": {Status: 410, RetryAfter: 2 * time.Minute},
		"/status/503": {Status: 503, RetryAfter: 2 * time.Minute},
		"/endless":    {Status: 200},
		"/drip":       {Status: 200},
		"/headers":    {Failure: webhook.FailureUnreadable},
		"/hangup":     {Failure: webhook.FailureUnreadable},
		"/nonsense":   {Failure: webhook.FailureUnreadable},
	} {
		if got := client.Post(t.Context(), message(server.URL+path)); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
	if followed.Load() != 0 {
		t.Error("a redirection was followed")
	}
	if n := endless.Load(); n > 32<<10 { // what both ends buffer is less
		t.Errorf("%d KiB of an endless body were taken", n)
	}
}

func TestAReceiverThatNeverAnswersTakesNoLongerThanATry(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	client := New(allow(t, "127.0.0.1"))
	ctx, cancel := context.WithCancel(t.Context())
	answers := make(chan webhook.Answer)
	go func() { answers <- client.Post(ctx, message(server.URL)) }()
	cancel()
	if got := <-answers; got != (webhook.Answer{Failure: webhook.FailureAborted}) {
		t.Errorf("%+v when the sender ends", got)
	}
	if client.timeout != webhook.TryTimeout {
		t.Errorf("a try takes %v", client.timeout)
	}
	client.timeout = time.Second
	if got := client.Post(t.Context(), message(server.URL)); got != (webhook.Answer{Failure: webhook.FailureTimeout}) {
		t.Errorf("%+v", got)
	}
}

// counted is a listener that counts who comes.
type counted struct {
	net.Listener
	n atomic.Int64
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

// Whatever a name leads to, and whatever it led to when it was asked before, the
// address is looked at that is connected to.
func TestNoPrivateAddressIsConnectedToHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	inside := &counted{Listener: listener}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go server.Serve(inside)
	defer server.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	names := &nameServer{answers: map[string][]netip.Addr{
		"private.example.": {netip.MustParseAddr("127.0.0.1")},
		"mapped.example.":  {netip.MustParseAddr("::ffff:127.0.0.1")},
		"both.example.":    {netip.MustParseAddr("10.255.255.1"), netip.MustParseAddr("127.0.0.1")},
	}}
	client := newClient(target.List{}, names.start(t))
	for _, host := range []string{"localhost", "127.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::]",
		"private.example", "mapped.example", "both.example", "169.254.169.254", "[64:ff9b::7f00:1]"} {
		for _, scheme := range []string{"http", "https"} {
			got := client.Post(t.Context(), message(scheme+"://"+host+":"+port+"/"))
			if got.Failure != webhook.FailureAddress && got.Failure != webhook.FailureName {
				t.Errorf("%s://%s: %+v", scheme, host, got)
			}
		}
	}
	// Rebinding: the name was public when the URL was checked, and is no more.
	names.set("rebound.example.", netip.MustParseAddr("93.184.216.34"))
	if err := (target.List{}).CheckURL("https://rebound.example/"); err != nil {
		t.Error(err)
	}
	names.set("rebound.example.", netip.MustParseAddr("127.0.0.1"))
	if got := client.Post(t.Context(), message("https://rebound.example:"+port)); got.Failure != webhook.FailureAddress {
		t.Errorf("rebound: %+v", got)
	}
	if n := inside.n.Load(); n != 0 {
		t.Errorf("%d connections came inside", n)
	}
	if got := newClient(allow(t, "private.example"), names.start(t)).Post(t.Context(), message("http://private.example:"+port)); got.Status != 404 {
		t.Errorf("a host that is allowed: %+v", got)
	}
	if got := newClient(allow(t, "127.0.0.0/8"), names.start(t)).Post(t.Context(), message("http://private.example:"+port)); got.Status != 404 {
		t.Errorf("a network that is allowed: %+v", got)
	}
}

func TestNoProxyOfTheEnvironmentConnectsInOurPlace(t *testing.T) {
	var asked atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	// The proxy's own address is allowed, and that of the receiver is not.
	if got := New(allow(t, "127.0.0.1")).Post(t.Context(), message("http://192.0.2.1/")); got.Failure != webhook.FailureAddress || asked.Load() != 0 {
		t.Errorf("%+v, and the proxy was asked %d times", got, asked.Load())
	}
	if os.Getenv("HTTP_PROXY") == "" {
		t.Error("there was none")
	}
}

func TestACertificateThatNobodyKnowsIsNotAccepted(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = nil
	defer server.Close()
	client := New(allow(t, "127.0.0.1"))
	if got := client.Post(t.Context(), message(server.URL)); got != (webhook.Answer{Failure: webhook.FailureTLS}) {
		t.Errorf("unknown authority: %+v", got)
	}
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client.http.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	if got := client.Post(t.Context(), message(server.URL)); got != (webhook.Answer{Status: 404}) {
		t.Errorf("known authority: %+v", got)
	}
	if got := client.Post(t.Context(), message("https://"+strings.TrimPrefix(plain(t), "http://"))); got != (webhook.Answer{Failure: webhook.FailureUnreadable}) {
		t.Errorf("https to a server of http: %+v", got)
	}
}

func plain(t *testing.T) string {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.URL
}

func TestAFailureSaysWhyAndNothingOfTheURL(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	listener.Close()
	if got := New(allow(t, "127.0.0.1")).Post(t.Context(), message("http://"+closed+"/?token=hidden")); got != (webhook.Answer{Failure: webhook.FailureUnreachable}) {
		t.Errorf("nobody listens: %+v", got)
	}
	of := func(err error) webhook.Failure {
		return failure(context.Background(), &url.Error{Op: "Post", URL: "https://example.com/?token=hidden", Err: err})
	}
	for _, test := range []struct {
		want webhook.Failure
		err  error
	}{
		{webhook.FailureName, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}},
		{webhook.FailureResolver, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true, IsTemporary: true}}},
		{webhook.FailureResolver, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}}},
		{webhook.FailureUnreachable, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}},
		{webhook.FailureUnreachable, &net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}},
		{webhook.FailureUnreachable, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}},
		{webhook.FailureUnreachable, &net.OpError{Op: "write", Err: syscall.EPIPE}},
		{webhook.FailureTimeout, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
		{webhook.FailureTimeout, context.DeadlineExceeded},
		{webhook.FailureTLS, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}},
		{webhook.FailureUnreadable, errors.New("malformed")},
	} {
		if got := of(test.err); got != test.want || strings.Contains(string(got), "hidden") {
			t.Errorf("%v: %s, want %s", test.err, got, test.want)
		}
		if (webhook.Answer{Failure: test.want}).Sentence() == "" {
			t.Errorf("of %q nothing is said", test.want)
		}
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-5": 0, "soon": 0, "1e9": 0, "99999999999999": 0,
		"Tue, 03 Nov 2026 12:01:00 GMT": time.Minute, "Tue, 03 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
