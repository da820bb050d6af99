package load

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// answerTimeout bounds the wait for one answer: longer than a server may take.
const answerTimeout = time.Minute

// Conn is a connection of one worker. It is not safe for concurrent use.
type Conn struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	answer  bytes.Buffer
	// retryAfter is what the last answer said, in whole seconds; mostly none.
	retryAfter time.Duration
}

// Dial connects to HOST:PORT.
func Dial(address string) (*Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{conn: conn, reader: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// Close ends the connection.
func (c *Conn) Close() { _ = c.conn.Close() }

// Request is one request: what differs between those of a client.
type Request struct {
	Method string
	// Path is escaped already, and has the query.
	Path string
	// Key is the service key.
	Key string
	// Body is JSON, or what Type says; empty: none.
	Body []byte
	Type string
}

// Do sends a request and reads the whole answer. The body is valid until the next call.
func (c *Conn) Do(r Request) (status int, body []byte, err error) {
	c.request = r.append(c.request[:0])
	if err := c.conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return 0, nil, fmt.Errorf("send a request: %w", err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("read an answer: %w", err)
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	c.retryAfter = time.Duration(seconds) * time.Second
	c.answer.Reset()
	_, err = io.Copy(&c.answer, response.Body)
	_ = response.Body.Close()
	return response.StatusCode, c.answer.Bytes(), err
}

func (r Request) append(to []byte) []byte {
	to = append(to, r.Method...)
	to = append(to, ' ')
	to = append(to, r.Path...)
	to = append(to, " HTTP/1.1\r\nHost: countersign.test\r\nAuthorization: Bearer "...)
	to = append(to, r.Key...)
	if len(r.Body) > 0 {
		to = append(to, "\r\nContent-Type: "...)
		to = append(to, cmp.Or(r.Type, "application/json")...)
		to = append(to, "\r\nContent-Length: "...)
		to = strconv.AppendInt(to, int64(len(r.Body)), 10)
	}
	to = append(to, "\r\n\r\n"...)
	return append(to, r.Body...)
}
