package site

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy stands between a replica and PostgreSQL and does what networks do: it delays, stalls, and resets
// connections, at an exact byte or around an exact COMMIT. It knows just enough of the protocol to see those.
// Its methods are safe for concurrent use.
type Proxy struct {
	url      string
	target   string
	listener net.Listener
	serving  sync.WaitGroup

	mu     sync.Mutex
	links  map[*link]bool
	fault  *Fault
	flow   chan struct{} // closed while bytes may pass
	struck int
	ended  bool
}

// Fault is what a proxy does to its connections from when it is set until another one is. The zero value is
// none.
type Fault struct {
	// Delay is the longest by which each message is delayed, at random.
	Delay time.Duration
	// ResetAfter bytes in one direction, the connection that carries the last of them is reset, once; 0: none.
	ResetAfter int
	// Downward counts those to the client instead of those to the server.
	Downward bool
	// FromCommit counts from a COMMIT on, or from a statement that commits itself, that included.
	FromCommit bool
	// Refuse resets a connection as soon as the client says anything on it.
	Refuse bool
	// Commit is what happens to every COMMIT.
	Commit CommitFault
	// Message is what SayError and SayWarning say.
	Message ServerMessage
}

// CommitFault is what happens to a COMMIT, or to a statement that commits itself.
type CommitFault int

// The ways in which a client does not learn what became of its COMMIT.
const (
	NoCommitFault CommitFault = iota
	// LoseAnswer resets the client's connection when the server has answered.
	LoseAnswer
	// LoseCommit resets both instead of passing it on: the server rolls back.
	LoseCommit
	// HoldAnswer keeps the server's answer, and all after it, until another fault is set.
	HoldAnswer
	// SayError lets the server commit, and says an ERROR in place of its success.
	SayError
	// SayWarning lets the server commit, and says a WARNING beside its success.
	SayWarning
)

// NewProxy returns a proxy in front of the server that a URL names. It ends with the test.
func NewProxy(t testing.TB, databaseURL string) *Proxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal("the URL of the database is none") // it holds a password
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{target: u.Host, listener: listener, links: map[*link]bool{}, fault: &Fault{}, flow: make(chan struct{})}
	close(p.flow)
	u.Host = listener.Addr().String()
	p.url = u.String()
	p.serving.Go(p.accept)
	t.Cleanup(p.end)
	return p
}

// URL is that of the database, by way of the proxy.
func (p *Proxy) URL() string { return p.url }

// Set sets the fault in place of the one there was.
func (p *Proxy) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = &f
	for l := range p.links {
		l.committed = false
		l.release()
	}
}

// Stall lets no byte pass until [Proxy.Flow], and keeps every connection open.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.flowing() {
		p.flow = make(chan struct{})
	}
}

// Flow ends a stall.
func (p *Proxy) Flow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.flowing() {
		close(p.flow)
	}
}

func (p *Proxy) flowing() bool {
	select {
	case <-p.flow:
		return true
	default:
		return false
	}
}

// Struck is how many connections were reset, or COMMITs held, so far.
func (p *Proxy) Struck() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

func (p *Proxy) end() {
	p.mu.Lock()
	p.ended = true
	_ = p.listener.Close()
	for l := range p.links {
		l.reset()
	}
	p.mu.Unlock()
	p.serving.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the end
		}
		p.serving.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.DialTimeout("tcp4", p.target, 5*time.Second)
	if err != nil {
		abort(client)
		return
	}
	l := &link{proxy: p, client: client, server: server, gone: make(chan struct{}), held: make(chan struct{})}
	close(l.held)
	p.mu.Lock()
	p.links[l] = true
	if p.ended {
		l.reset()
	}
	p.mu.Unlock()
	p.serving.Go(l.downward)
	l.upward()
	l.reset()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// link is one connection through the proxy.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	once           sync.Once
	gone           chan struct{} // closed with the link
	session        session       // what the client has said

	// under the proxy's lock:
	held       chan struct{} // closed while answers may pass
	loseAnswer bool
	forge      *forgery // of the answer to a COMMIT
	committed  bool     // a COMMIT has come
}

// reset ends both connections with RST.
func (l *link) reset() {
	l.once.Do(func() {
		close(l.gone)
		abort(l.client)
		abort(l.server)
	})
}

func abort(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// release lets held answers pass. The caller has the proxy's lock.
func (l *link) release() {
	select {
	case <-l.held:
	default:
		close(l.held)
	}
}

var errReset = errors.New("the proxy has reset the connection")

// upward passes on messages of the client, whole ones.
func (l *link) upward() {
	in := bufio.NewReader(l.client)
	for started := false; ; started = true {
		message, err := readMessage(in, !started)
		if err != nil || l.passUp(message, started) != nil {
			return
		}
	}
}

const longestMessage = 64 << 20

// readMessage reads a message: a type, but for the first one, a length that counts itself, and the rest.
func readMessage(in io.Reader, first bool) ([]byte, error) {
	size := 5
	if first {
		size = 4
	}
	message := make([]byte, size)
	if _, err := io.ReadFull(in, message); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(message[size-4:])
	if length < 4 || length > longestMessage {
		return nil, fmt.Errorf("a message of %d bytes", length)
	}
	message = append(message, make([]byte, length-4)...)
	_, err := io.ReadFull(in, message[size:])
	return message, err
}

func (l *link) passUp(message []byte, started bool) error {
	if l.refused() || started && l.session.commits(message) && !l.strikeCommit() {
		l.reset()
		return errReset
	}
	return l.pass(l.server, message, false)
}

func (l *link) refused() bool {
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	return l.proxy.fault.Refuse
}

// strikeCommit reports whether the COMMIT is passed on.
func (l *link) strikeCommit() bool {
	p := l.proxy
	p.mu.Lock()
	defer p.mu.Unlock()
	l.committed = true
	switch p.fault.Commit {
	case NoCommitFault:
		return true
	case LoseAnswer:
		l.loseAnswer = true
	case HoldAnswer:
		l.held = make(chan struct{})
	case SayError, SayWarning:
		l.forge = &forgery{p.fault.Commit, p.fault.Message}
	}
	p.struck++
	return p.fault.Commit != LoseCommit
}

// downward passes on messages of the server, whole ones.
func (l *link) downward() {
	defer l.reset()
	in := bufio.NewReaderSize(l.server, 32<<10)
	for {
		message, err := readMessage(in, false)
		if err != nil {
			return
		}
		l.proxy.mu.Lock()
		lose, held := l.loseAnswer, l.held
		message = l.forge.apply(message)
		l.proxy.mu.Unlock()
		if lose {
			return
		}
		select {
		case <-held:
		case <-l.gone:
			return
		}
		if l.pass(l.client, message, true) != nil {
			return
		}
	}
}

// pass writes what the fault lets pass, when it does.
func (l *link) pass(to net.Conn, message []byte, down bool) error {
	p := l.proxy
	p.mu.Lock()
	flow, delay := p.flow, p.fault.Delay
	allowed, strikes := l.budget(len(message), down)
	p.mu.Unlock()
	if err := l.linger(flow, delay); err != nil {
		return err
	}
	if _, err := to.Write(message[:allowed]); err != nil {
		return err
	}
	if strikes {
		l.reset()
		return errReset
	}
	return nil
}

func (l *link) linger(flow chan struct{}, delay time.Duration) error {
	select {
	case <-flow:
	case <-l.gone:
		return errReset
	}
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(rand.N(delay))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-l.gone:
		return errReset
	}
}

// budget is how many bytes of a message may pass before the reset, if one is due. The caller has the lock.
func (l *link) budget(n int, down bool) (allowed int, strikes bool) {
	f := l.proxy.fault
	if f.ResetAfter == 0 || f.Downward != down || f.FromCommit && !l.committed {
		return n, false
	}
	if f.ResetAfter > n {
		f.ResetAfter -= n
		return n, false
	}
	allowed, f.ResetAfter = f.ResetAfter, 0
	l.proxy.struck++
	return allowed, true
}
