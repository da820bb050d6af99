package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service/domain"
)

const (
	typeOfStreams = "application/x-ndjson"
	// streamSilence is how long a stream may say nothing, and how long its
	// client may take to read the answer. The server's own limits are meant for
	// whole requests, and do not hold.
	streamSilence = 30 * time.Second
	// streamsPerTenant and mostStreams bound what streams hold in memory, which
	// is a few megabytes each at worst.
	streamsPerTenant = 2
	mostStreams      = 32
)

var (
	errNotStream      = &domain.Error{Code: codeUnsupportedMediaType, Detail: "Send application/x-ndjson, in UTF-8 and uncompressed."}
	errTooManyStreams = &domain.Error{Code: domain.CodeUnavailable, Detail: "As many imports are running as may run at once. Wait until one has ended.", RetryAfter: 5 * time.Second}
	errEnding         = &domain.Error{Code: domain.CodeUnavailable, Detail: "This server is shutting down.", RetryAfter: time.Second}
)

// streams are the requests whose body is read while it is being worked on.
type streams struct {
	silence time.Duration
	ending  context.Context
	end     context.CancelFunc

	mu      sync.Mutex
	tenants map[string]int // how many each has
	all     int
}

func newStreams() *streams {
	s := &streams{silence: streamSilence, tenants: map[string]int{}}
	s.ending, s.end = context.WithCancel(context.Background())
	return s
}

// EndStreams lets the requests with bodies of any length answer soon, saying how
// far they came, and those whose answers are held. It is for the begin of a
// shutdown.
func (s *Server) EndStreams() { s.streams.end() }

// enter reports whether the tenant may have one more.
func (s *streams) enter(tenantID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= mostStreams || s.tenants[tenantID] >= streamsPerTenant {
		return false
	}
	s.all++
	s.tenants[tenantID]++
	return true
}

func (s *streams) leave(tenantID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.tenants[tenantID]--; s.tenants[tenantID] == 0 {
		delete(s.tenants, tenantID)
	}
}

// open leaves the body to the operation, which reads it line by line and
// checks what it reads.
func (s *streams) open(c echo.Context, next echo.HandlerFunc) error {
	r := c.Request()
	if !isPlain(typeOfStreams, r.Header) {
		return errNotStream
	}
	known := callOf(r.Context())
	tenant := known.caller.TenantID
	if !s.enter(tenant) {
		return errTooManyStreams
	}
	defer s.leave(tenant)
	conn := http.NewResponseController(c.Response().Writer)
	c.Response().Before(func() { _ = conn.SetWriteDeadline(time.Now().Add(s.silence)) })
	var wanted context.Context
	wanted, known.stopReading = context.WithCancel(s.ending)
	defer known.stopReading()
	// A read that is waiting wakes up.
	unhook := context.AfterFunc(wanted, func() { _ = conn.SetReadDeadline(time.Now()) })
	defer unhook()
	r.Body = &stream{r.Body, wanted, s.ending, unhook, s.silence, conn}
	err := next(c)
	if err != nil { // what is left of the body, and of the deadlines, is nobody's
		c.Response().Header().Set("Connection", "close")
	}
	return err
}

// stream is a body that may go on for as long as it likes, but must go on.
// Deadlines that the connection does not know are none: that is a test's.
type stream struct {
	io.ReadCloser
	wanted  context.Context // until the server, or the operation, is through with it
	ending  context.Context // until the server is
	unhook  func() bool     // the deadlines from the end of wanted
	silence time.Duration
	conn    *http.ResponseController
}

// Read waits no longer than the stream may say nothing.
func (b *stream) Read(p []byte) (int, error) {
	_ = b.conn.SetReadDeadline(time.Now().Add(b.silence))
	if b.wanted.Err() != nil {
		return 0, b.brokenOff()
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		b.unhook() // a deadline would end the connection during the rest of the work
		_ = b.conn.SetReadDeadline(time.Time{})
		return n, io.EOF
	}
	return n, b.brokenOff()
}

// brokenOff says why nothing more is read. A read that fails ends the context of
// its connection, and with it the operation, before it returns: that the
// operation is through does not mean that the server is.
func (b *stream) brokenOff() error {
	if b.ending.Err() != nil {
		return errEnding
	}
	return MalformedAt("", "could not be read to its end")
}
