package bounded

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrNotAnArray is of a value that is something else.
var ErrNotAnArray = errors.New("bounded: not an array")

// JSON reads JSON of any length; a record of it is bounded.
type JSON struct {
	in      *budget
	decoder *json.Decoder
}

// NewJSON returns a JSON that reads from in.
func NewJSON(in io.Reader) *JSON {
	b := &budget{from: in}
	return &JSON{in: b, decoder: json.NewDecoder(b)}
}

// Token returns the next token, as json.Decoder has it.
func (s *JSON) Token() (json.Token, error) {
	s.in.refill()
	token, err := s.decoder.Token()
	return token, s.mistake(err)
}

// Value reads the next value whole.
func (s *JSON) Value() (json.RawMessage, error) {
	s.in.refill()
	var raw json.RawMessage
	err := s.decoder.Decode(&raw)
	return raw, s.mistake(err)
}

func (s *JSON) mistake(err error) error {
	var syntax *json.SyntaxError
	at := s.decoder.InputOffset()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooLarge):
		return &Malformed{fmt.Sprintf("A record near byte %d is larger than 1 MiB. Look for a missing end there.", at)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCutOff
	case errors.As(err, &syntax), strings.HasPrefix(err.Error(), "json:"):
		return &Malformed{fmt.Sprintf("The file is no well-formed JSON near byte %d. Export it again.", at)}
	}
	return err
}

// Skip passes over the next value, however long it is.
func (s *JSON) Skip() error {
	for depth := 0; ; {
		token, err := s.Token()
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
			return errTooDeep
		}
		if depth == 0 {
			return nil
		}
	}
}

// Array calls do before each element of an array, which do has to read. Null is
// an empty one; anything else is ErrNotAnArray.
func (s *JSON) Array(do func() error) error {
	token, err := s.Token()
	if err != nil || token == nil {
		return err
	}
	if token != json.Delim('[') {
		return ErrNotAnArray
	}
	return s.Elements(do)
}

// Elements is Array after its beginning.
func (s *JSON) Elements(do func() error) error {
	for s.More() {
		if err := do(); err != nil {
			return err
		}
	}
	_, err := s.Token()
	return err
}

// Members calls do with the name of each member of an object that was begun; do
// has to read its value.
func (s *JSON) Members(do func(name string) error) error {
	return s.Elements(func() error {
		token, err := s.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		return do(name)
	})
}

// More reports whether there is another element, or another value in the file.
func (s *JSON) More() bool {
	s.in.refill()
	return s.decoder.More()
}

// AtArray reports whether an array comes next, after More.
func (s *JSON) AtArray() bool {
	ahead, err := io.ReadAll(io.LimitReader(s.decoder.Buffered(), 1))
	return err == nil && bytes.Equal(ahead, []byte("["))
}
