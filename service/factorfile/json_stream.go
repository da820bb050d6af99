package factorfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxRecordBytes = 1 << 20
	maxDepth       = 100
)

var errTooLarge = errors.New("factorfile: a record is too large")

// budget is a reader that gives so much and no more until it is refilled, so
// that nothing in a file fills the memory.
type budget struct {
	from io.Reader
	left int
}

func (b *budget) refill() { b.left = maxRecordBytes }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// jsonStream reads JSON of any length; a record of it is bounded.
type jsonStream struct {
	in      *budget
	decoder *json.Decoder
}

func newJSONStream(in io.Reader) *jsonStream {
	b := &budget{from: in}
	return &jsonStream{in: b, decoder: json.NewDecoder(b)}
}

func (s *jsonStream) token() (json.Token, error) {
	s.in.refill()
	token, err := s.decoder.Token()
	return token, s.mistake(err)
}

// value reads the next value whole.
func (s *jsonStream) value() (json.RawMessage, error) {
	s.in.refill()
	var raw json.RawMessage
	err := s.decoder.Decode(&raw)
	return raw, s.mistake(err)
}

// mistake says where the file is broken. The words of the decoder stay out: they
// quote what it met.
func (s *jsonStream) mistake(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLarge):
		return fileError(fmt.Sprintf("A record near byte %d is larger than 1 MiB. Look for a missing end there.", s.decoder.InputOffset()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fileError("The file ends in the middle. Export it again.")
	case errors.As(err, &syntax), strings.HasPrefix(err.Error(), "json:"):
		return fileError(fmt.Sprintf("The file is no well-formed JSON near byte %d. Export it again.", s.decoder.InputOffset()))
	}
	return err
}

// skip passes over the next value, however long it is.
func (s *jsonStream) skip() error {
	for depth := 0; ; {
		token, err := s.token()
		if err != nil {
			return err
		}
		if delimiter, ok := token.(json.Delim); ok {
			if delimiter == '{' || delimiter == '[' {
				depth++
			} else {
				depth--
			}
		}
		if depth > maxDepth {
			return fileError("The file is nested more than 100 deep. It is not what it is taken for.")
		}
		if depth == 0 {
			return nil
		}
	}
}

// array calls do before each element, which do has to read. Null is an empty one.
func (s *jsonStream) array(do func() error) error {
	token, err := s.token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return errNotAnArray
	}
	return s.elements(do)
}

var errNotAnArray = errors.New("factorfile: not an array")

func (s *jsonStream) elements(do func() error) error {
	for s.more() {
		if err := do(); err != nil {
			return err
		}
	}
	_, err := s.token()
	return err
}

// members calls do with the name of each member of an object that was begun; do
// has to read its value.
func (s *jsonStream) members(do func(name string) error) error {
	return s.elements(func() error {
		token, err := s.token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		return do(name)
	})
}

func (s *jsonStream) more() bool {
	s.in.refill()
	return s.decoder.More()
}
