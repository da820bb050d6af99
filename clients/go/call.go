package countersign

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNoAnswer says that a call got no answer: nothing listens, the connection
// broke, or the time ran out. Whether a call that changes something did so,
// nobody can tell.
var ErrNoAnswer = errors.New("no answer")

// largestAnswer is beyond every answer of the service.
const largestAnswer = 16 << 20

// call is one operation of the contract, with what it takes.
type call struct {
	name   string // for errors
	method string
	path   []string // segments, not yet escaped
	query  url.Values
	header map[string]string
	in     any       // nil: no body
	stream io.Reader // instead, lines of JSON that take as long as they take
	out    any       // nil: 204 and nothing else is the success
	// repeatable calls may be sent a second time: they change nothing, change
	// nothing more, or carry a key by which the service knows them again.
	repeatable bool
	// wait is how long the service may wait before it answers.
	wait time.Duration
}

// ask carries a call out that is answered with a T: the zero one with any error.
func ask[T any](ctx context.Context, c *Client, op call) (T, error) {
	answer, _, err := askTagged[T](ctx, c, op)
	return answer, err
}

func askTagged[T any](ctx context.Context, c *Client, op call) (T, ETag, error) {
	var answer, none T
	op.out = &answer
	header, err := c.do(ctx, op)
	if err != nil {
		return none, "", err
	}
	return answer, ETag(header.Get("ETag")), nil
}

// do carries a call out, tells what came with the answer, and fills call.out.
// The error names the operation and is a *Problem or ErrNoAnswer underneath,
// unless the answer was none of Countersign's.
func (c *Client) do(ctx context.Context, op call) (http.Header, error) {
	header, err := c.try(ctx, op)
	if err != nil && op.repeatable && worthRepeating(ctx, err) {
		header, err = c.try(ctx, op)
	}
	if err != nil {
		return nil, fmt.Errorf("countersign: %s: %w", op.name, err)
	}
	return header, nil
}

func (c *Client) try(ctx context.Context, op call) (http.Header, error) {
	if op.stream == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout+op.wait)
		defer cancel()
	}
	request, err := c.request(ctx, op)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, noAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return nil, noAnswer(err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, problemOf(response, body)
	}
	return response.Header, decode(response, body, op.out)
}

// checkSegment refuses an id with which the path would be another operation's, or
// another user's: proxies that decode slashes resolve . and .. between them.
func checkSegment(id string) error {
	if id == "" {
		return errors.New("an id is empty")
	}
	for part := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return errors.New("an id with . or .. between slashes cannot stand in a URL")
		}
	}
	return nil
}

func (c *Client) request(ctx context.Context, op call) (*http.Request, error) {
	target := c.base
	for _, segment := range op.path {
		if err := checkSegment(segment); err != nil {
			return nil, err
		}
		target += "/" + url.PathEscape(segment)
	}
	if len(op.query) > 0 {
		target += "?" + op.query.Encode()
	}
	body, mediaType, err := op.body()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, op.method, target, body)
	if err != nil {
		return nil, errors.New("an id is not valid in a URL") // the error quotes it
	}
	request.Header.Set("Accept", "application/json, application/problem+json")
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	for name, value := range op.header {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	c.authorize(request.Header)
	return request, nil
}

func (op call) body() (body io.Reader, mediaType string, err error) {
	switch {
	case op.stream != nil:
		return op.stream, "application/x-ndjson", nil
	case op.in == nil:
		return http.NoBody, "", nil
	}
	text, err := json.Marshal(op.in)
	return bytes.NewReader(text), "application/json", err
}

// decode reads a success. What is between the host and the service may answer
// 200 too, with a page of its own: that is not one.
func decode(response *http.Response, body []byte, out any) error {
	if out == nil {
		if response.StatusCode != http.StatusNoContent {
			return notOurs(response)
		}
		return nil
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if mediaType != "application/json" || json.Unmarshal(body, out) != nil {
		return notOurs(response)
	}
	return nil
}

func notOurs(response *http.Response) error {
	return fmt.Errorf("the answer %d is not one that this client knows: is the base URL right?", response.StatusCode)
}

// noAnswer leaves out the URL, in which user ids and reasons are.
func noAnswer(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return fmt.Errorf("%w: %w", ErrNoAnswer, err)
}
