package edge

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// validator compares requests with the contract.
type validator struct{ streams *streams }

// validate compares the request with the contract, and leaves the value of the
// body to the operation.
func (v validator) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		if known.operation == nil {
			return next(c)
		}
		if err := known.operation.checkParameters(c); err != nil {
			return err
		}
		if known.operation.stream {
			return v.streams.open(c, next)
		}
		if known.operation.body == nil {
			return next(c)
		}
		body, err := known.operation.readBody(c)
		if err != nil {
			return err
		}
		value, err := known.operation.checkBody(body)
		if err != nil {
			return err
		}
		known.body = sha256.Sum256(body)
		leaveBody(c.Request(), body, value)
		return next(c)
	}
}

// validBody is a body whose value has been read and validated.
type validBody struct {
	bytes.Reader // of the text
	value        any
}

// ValidatedValue is what the generated code binds: nothing is decoded twice. It
// reads the text where the value does not fit the type in Go, which makes the
// request malformed.
func (b *validBody) ValidatedValue() any { return b.value }

// Close is that of a body.
func (*validBody) Close() error { return nil }

// leaveBody leaves the body to the operation.
func leaveBody(r *http.Request, text []byte, value any) {
	body := &validBody{value: value}
	body.Reset(text)
	r.Body, r.ContentLength = body, int64(len(text))
	if r.Header.Get("Content-Type") != jsonType {
		r.Header.Set("Content-Type", jsonType) // in the one spelling that Echo knows
	}
}

const jsonType = "application/json"

// readBody returns the body as it came, and an empty object for one that may be
// left out. Its size is checked first, so that nothing is computed from what is
// too large.
func (o *operation) readBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if r.ContentLength > o.bodyLimit {
		return nil, errBodyTooLarge
	}
	if o.bodyless && r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return []byte("{}"), nil
	}
	if !isPlain(jsonType, r.Header) {
		return nil, errUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, r.Body, o.bodyLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errBodyTooLarge
	case err != nil:
		return nil, MalformedAt("", "could not be read to its end")
	case o.bodyless && len(body) == 0: // from a client that states the type of whatever it sends
		return []byte("{}"), nil
	}
	return body, nil
}

// isPlain accepts this type alone, in UTF-8. It is none that a page may send
// across origins without asking first.
func isPlain(wanted string, header http.Header) bool {
	mediaType, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset, declared := params["charset"]
	plain := len(params) == 0 || len(params) == 1 && declared && strings.EqualFold(charset, "utf-8")
	encoding := header.Get("Content-Encoding")
	return err == nil && mediaType == wanted && plain &&
		(encoding == "" || strings.EqualFold(encoding, "identity"))
}

// queryOf parses the query, all of it: what url.URL.Query leaves out silently
// is a mistake here.
func queryOf(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, MalformedAt("", "the query is not well-formed")
	}
	for name, values := range query {
		if len(values) > 1 {
			return nil, MalformedAt(SafeName(name), "must be given once")
		}
		if !utf8.ValidString(name) || !utf8.ValidString(values[0]) {
			return nil, MalformedAt(SafeName(name), errNotUTF8.Detail)
		}
	}
	return query, nil
}

// pathParameters returns the path parameters, unescaped once.
func pathParameters(c echo.Context) (map[string]string, error) {
	params := make(map[string]string, len(c.ParamNames()))
	for _, name := range c.ParamNames() {
		value, err := url.PathUnescape(c.Param(name))
		if err != nil || !utf8.ValidString(value) {
			return nil, MalformedAt(name, "must be percent-encoded UTF-8")
		}
		params[name] = value
	}
	return params, nil
}
