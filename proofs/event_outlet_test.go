package proofs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
)

// outlet is where a webhook leads: a reverse proxy that notes every try, before a receiver that may be dead. Without
// it nobody could tell a first try from another.
type outlet struct {
	t      *testing.T
	front  *httptest.Server
	secret string
	file   string

	process *process.Process

	mu      sync.Mutex
	address string // of the receiver; empty while it is dead
	tries   []*try
	held    chan struct{} // is told of each try while they are held; nil: they are not
	cut     chan struct{} // closed when those that are held end
}

// try is one request of the sender.
type try struct {
	id     string // of the event
	sent   int64  // in Unix seconds, by the sender
	status int    // 0: no answer
}

func newOutlet(t *testing.T) *outlet {
	t.Helper()
	o := &outlet{t: t, file: filepath.Join(t.TempDir(), "received")}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "receiver"}) },
		Transport:      &http.Transport{DialContext: o.dial, DisableKeepAlives: true},
		ModifyResponse: answered,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // as a receiver that dies hangs up
		ErrorLog:       log.New(io.Discard, "", 0),
	}
	o.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64) // what is none, the receiver refuses
		tried := &try{id: r.Header.Get("Webhook-Id"), sent: sent}
		o.mu.Lock()
		o.tries = append(o.tries, tried)
		held, cut := o.held, o.cut
		o.mu.Unlock()
		if held != nil {
			select {
			case held <- struct{}{}:
			case <-cut:
			}
			<-cut
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), triedKey{}, func(status int) {
			o.mu.Lock()
			defer o.mu.Unlock()
			tried.status = status
		})))
	}))
	t.Cleanup(func() {
		o.front.Close()
		if err := o.kill(); err != nil {
			t.Error(err)
		}
	})
	return o
}

type triedKey struct{}

func answered(r *http.Response) error {
	if note, ok := r.Request.Context().Value(triedKey{}).(func(int)); ok {
		note(r.StatusCode)
	}
	return nil
}

func (o *outlet) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	o.mu.Lock()
	address := o.address
	o.mu.Unlock()
	if address == "" {
		return nil, errors.New("the receiver is dead")
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// hold keeps tries from the receiver, and returns when there is one. They end without an answer when they are cut.
func (o *outlet) hold(ctx context.Context) (cut func(), err error) {
	held, end := make(chan struct{}), make(chan struct{})
	o.mu.Lock()
	o.held, o.cut = held, end
	o.mu.Unlock()
	cut = func() {
		o.mu.Lock()
		o.held = nil
		o.mu.Unlock()
		close(end)
	}
	select {
	case <-held:
		return cut, nil
	case <-time.After(withoutNews):
		return cut, errors.New("no try comes")
	case <-ctx.Done():
		return cut, ctx.Err()
	}
}

// start starts the receiver.
func (o *outlet) start(ctx context.Context) error {
	settings := []string{receiverSecret + "=" + o.secret, receiverFile + "=" + o.file}
	command, record := process.Command(context.Background(), filepath.Dir(o.file), settings, os.Args[0]), &process.Record{}
	command.Stderr = record
	started, err := process.Start(command, record)
	if err != nil {
		return err
	}
	o.process = started
	ctx, cancel := context.WithTimeout(ctx, recovered)
	defer cancel()
	address, err := started.Serving(ctx)
	if err != nil {
		return fmt.Errorf("the receiver: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.address = address
	return nil
}

// kill ends the receiver with SIGKILL.
func (o *outlet) kill() error {
	if o.process == nil {
		return nil
	}
	err := o.process.End(syscall.SIGKILL)
	o.process = nil
	o.mu.Lock()
	defer o.mu.Unlock()
	o.address = ""
	return err
}

// arrived is what the receiver has taken, in order, each event as often as it came.
func (o *outlet) arrived() ([]string, error) {
	text, err := os.ReadFile(o.file)
	if err != nil {
		return nil, err
	}
	whole := text[:strings.LastIndexByte(string(text), '\n')+1]
	return strings.Fields(string(whole)), nil
}

// inOrderOfTrying are all tries, by the sender's clock; within a second they came one after the other.
func (o *outlet) inOrderOfTrying() (tries []try) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, t := range o.tries {
		tries = append(tries, *t)
	}
	slices.SortStableFunc(tries, func(a, b try) int { return int(a.sent - b.sent) })
	return tries
}
