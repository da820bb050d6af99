package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// M is a JSON object.
type M = map[string]any

// Client sends requests with one credential.
type Client struct {
	*App
	Credential string // "": none
}

// Client is a client with any credential.
func (a *App) Client(credential string) *Client { return &Client{App: a, Credential: credential} }

// With changes a request before it is sent.
type With func(*http.Request)

// Header sets a header.
func Header(name, value string) With {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// StepUp sends a step-up token.
func StepUp(token string) With { return Header("Step-Up-Token", token) }

// Origin sends the request as a page of this origin does.
func Origin(origin string) With { return Header("Origin", origin) }

// Path fills ids into a path, percent-encoded.
func Path(format string, ids ...string) string {
	escaped := make([]any, 0, len(ids))
	for _, id := range ids {
		escaped = append(escaped, url.PathEscape(id))
	}
	return fmt.Sprintf(format, escaped...)
}

// Get sends a GET request; see Do.
func (c *Client) Get(path string, with ...With) *Response {
	c.Helper()
	return c.Do("GET", path, nil, with...)
}

// Post sends a POST request.
func (c *Client) Post(path string, body any, with ...With) *Response {
	c.Helper()
	return c.Do("POST", path, body, with...)
}

// Put sends a PUT request.
func (c *Client) Put(path string, body any, with ...With) *Response {
	c.Helper()
	return c.Do("PUT", path, body, with...)
}

// Patch sends a PATCH request.
func (c *Client) Patch(path string, body any, with ...With) *Response {
	c.Helper()
	return c.Do("PATCH", path, body, with...)
}

// Delete sends a DELETE request.
func (c *Client) Delete(path string, with ...With) *Response {
	c.Helper()
	return c.Do("DELETE", path, nil, with...)
}

// Do sends a request and validates the answer against the contract. A body that is
// a string or bytes is sent as it is, any other as JSON; nil is no body.
func (c *Client) Do(method, path string, body any, with ...With) *Response {
	c.Helper()
	return c.Send(c.Request(method, path, body, with...))
}

// Request makes a request that Do would send.
func (c *Client) Request(method, path string, body any, with ...With) *http.Request {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), method, c.URL+path, reader(c, body))
	c.OK(err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Credential != "" {
		r.Header.Set("Authorization", "Bearer "+c.Credential)
	}
	for _, change := range with {
		change(r)
	}
	return r
}

func reader(c *Client, body any) io.Reader {
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return bytes.NewReader([]byte(body))
	case []byte:
		return bytes.NewReader(body)
	}
	text, err := json.Marshal(body)
	c.OK(err)
	return bytes.NewReader(text)
}

// plain neither follows redirects nor asks for compression.
var plain = &http.Client{
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Send sends a request that Request made, and validates the answer against the contract.
func (c *Client) Send(r *http.Request) *Response {
	c.Helper()
	answer, err := plain.Do(r)
	c.OK(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	c.OK(err)
	response := &Response{TB: c.TB, Request: r, Status: answer.StatusCode, Header: answer.Header, Body: body}
	response.holdsTheContract()
	return response
}
