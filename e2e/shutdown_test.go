package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// SIGTERM arrives while requests are being read, and under load. Readiness goes
// first; every request that was sent has its answer, some of them long after
// the last one was accepted; then the process ends.
func TestShutdownLosesNoAnswer(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		s.env = append(s.env, "COUNTERSIGN_SHUTDOWN_DELAY=2s")
		h := host{s.serve(t), s.createTenant(t, "acme")}
		slow := make([]*slowRequest, 12)
		for i := range slow {
			slow[i] = h.begin(t, fmt.Sprintf("slow-%d", i))
		}
		var load load
		load.start(h, 8)
		eventually(t, "there is load", func() bool { return load.answered.Load() > 50 })

		h.signal(syscall.SIGTERM)
		eventually(t, "readiness is off", func() bool {
			return curl(t, "", "GET", h.url+"/readyz", "").status == 503
		})
		load.stop(t)
		for _, request := range slow[:4] {
			request.finish(t)
		}
		eventually(t, "no further request is accepted", func() bool { return !h.accepts() })
		for _, request := range slow[4:] {
			request.finish(t)
		}
		h.endsWell()
		t.Logf("%d requests of the load were answered", load.answered.Load())
	})
}

// The second signal is for whoever does not want to wait.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, "COUNTERSIGN_SHUTDOWN_DELAY=1m")
	replica := s.serve(t)
	replica.signal(syscall.SIGTERM)
	eventually(t, "the first signal is heard", func() bool {
		return strings.Contains(replica.log.String(), "shutting down")
	})
	replica.signal(syscall.SIGTERM)
	replica.awaitExit()
}

func (r *server) accepts() bool {
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

// slowRequest is one whose handler waits for the rest of the body.
type slowRequest struct {
	conn   net.Conn
	reader *bufio.Reader
	rest   string
}

// begin sends all of a request but the last byte. The interim answer 100 says
// that the handler has begun to read the body.
func (h host) begin(t *testing.T, user string) *slowRequest {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	body := `{"username":"` + user + `","auth_source":"local","role":"member","active":true}`
	fmt.Fprintf(conn, "PUT /v1/users/%s HTTP/1.1\r\nHost: countersign\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", user, h.bearer, len(body))
	reader := bufio.NewReader(conn)
	interim, err := http.ReadResponse(reader, nil)
	if err != nil || interim.StatusCode != http.StatusContinue {
		t.Fatalf("no interim answer: %v, %v", interim, err)
	}
	last := len(body) - 1
	if _, err := io.WriteString(conn, body[:last]); err != nil {
		t.Fatal(err)
	}
	return &slowRequest{conn, reader, body[last:]}
}

// finish sends the last byte and reads the whole answer.
func (r *slowRequest) finish(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(r.conn, r.rest); err != nil {
		t.Fatalf("a request in flight was cut off: %v", err)
	}
	response, err := http.ReadResponse(r.reader, nil)
	if err != nil {
		t.Fatalf("a request in flight has no answer: %v", err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusCreated {
		t.Errorf("a request in flight was answered %d, %v", response.StatusCode, err)
	}
}

// load is many clients that keep their connections.
type load struct {
	answered, lost atomic.Int64
	ended          atomic.Bool
	clients        sync.WaitGroup
	failure        atomic.Value
}

func (l *load) start(h host, clients int) {
	for i := range clients {
		l.clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
			for n := 0; !l.ended.Load(); n++ {
				l.send(client, h, fmt.Sprintf("load-%d-%d", i, n))
			}
		})
	}
}

// send writes a user: a request that the client library never repeats by
// itself, and that commits.
func (l *load) send(client *http.Client, h host, user string) {
	body := struct{ io.Reader }{strings.NewReader(`{"username":"u","auth_source":"local","role":"member","active":true}`)}
	request, err := http.NewRequest(http.MethodPut, h.url+"/v1/users/"+user, body)
	if err != nil {
		l.lose(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+h.bearer)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		l.lose(err)
		return
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusCreated {
		l.lose(fmt.Errorf("status %d, %w", response.StatusCode, err))
		return
	}
	l.answered.Add(1)
}

func (l *load) lose(err error) {
	l.lost.Add(1)
	l.failure.Store(err.Error())
}

func (l *load) stop(t *testing.T) {
	t.Helper()
	l.ended.Store(true)
	l.clients.Wait()
	if n := l.lost.Load(); n > 0 {
		t.Errorf("%d requests of the load had no good answer, such as: %v", n, l.failure.Load())
	}
}
