package bounded

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxElements = 1000 // of one record
	maxXMLDepth = 32
)

// Element is a part of an XML document. Names are without namespace and in lower
// case: privacyIDEA writes the elements of RFC 6030 so, and no two of them
// differ in that alone.
type Element struct {
	Name string

	attrs    map[string]string
	text     strings.Builder
	children []*Element
}

// Find returns the first element on the way down; nil if there is none, and of
// nil too.
func (e *Element) Find(path ...string) *Element {
	for _, name := range path {
		var next *Element
		for _, child := range e.All() {
			if child.Name == name {
				next = child
				break
			}
		}
		e = next
	}
	return e
}

// All returns the elements in one; of nil there are none.
func (e *Element) All() []*Element {
	if e == nil {
		return nil
	}
	return e.children
}

// Count returns how many elements of the name are in one.
func (e *Element) Count(name string) int {
	n := 0
	for _, child := range e.All() {
		if child.Name == name {
			n++
		}
	}
	return n
}

// Value is the text of an element without the blanks around it.
func (e *Element) Value() string { return strings.TrimSpace(e.Text()) }

// Text is the text of an element as it stands.
func (e *Element) Text() string {
	if e == nil {
		return ""
	}
	return e.text.String()
}

// Attr returns an attribute, of which the name is in lower case too.
func (e *Element) Attr(name string) string {
	if e == nil {
		return ""
	}
	return e.attrs[name]
}

// XML reads documents of any length; a record of it is bounded. Documents with a
// type declaration are refused, so that there is no entity but the five of XML.
type XML struct {
	in      *budget
	decoder *xml.Decoder
}

// NewXML returns an XML that reads from in.
func NewXML(in io.Reader) *XML {
	b := &budget{from: in}
	b.refill()
	return &XML{in: b, decoder: xml.NewDecoder(b)}
}

func (s *XML) token() (xml.Token, error) {
	token, err := s.decoder.Token()
	if err != nil {
		return nil, s.mistake(err)
	}
	if _, is := token.(xml.Directive); is {
		return nil, &Malformed{"The XML has a document type declaration, which PSKC does not need. Take it out, if you trust the file."}
	}
	return token, nil
}

// mistake says where the file is broken. The words of the decoder stay out: they
// quote what it met.
func (s *XML) mistake(err error) error {
	var syntax *xml.SyntaxError
	line, _ := s.decoder.InputPos()
	switch {
	case errors.Is(err, errTooLarge):
		return &Malformed{fmt.Sprintf("A record near line %d is larger than 1 MiB. Look for a missing end there.", line)}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCutOff
	case errors.As(err, &syntax), strings.HasPrefix(err.Error(), "xml:"):
		return &Malformed{fmt.Sprintf("The file is no well-formed XML in UTF-8 near line %d. Export it again.", line)}
	}
	return err
}

// Open returns the next element that begins; nil where the one around it ends.
func (s *XML) Open() (*xml.StartElement, error) {
	for {
		s.in.refill()
		token, err := s.token()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			return &token, nil
		case xml.EndElement:
			return nil, nil
		}
	}
}

// Element reads an element that was begun, whole.
func (s *XML) Element(start *xml.StartElement) (*Element, error) {
	root := newElement(*start)
	open := []*Element{root}
	for count := 1; len(open) > 0; {
		token, err := s.token()
		if err != nil {
			return nil, err
		}
		inner := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			child := newElement(token)
			inner.children = append(inner.children, child)
			open = append(open, child)
			count++
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			inner.text.Write(token)
		}
		if count > maxElements || len(open) > maxXMLDepth {
			return nil, &Malformed{"A record has more elements than PSKC has. It is not what it is taken for."}
		}
	}
	return root, nil
}

func newElement(start xml.StartElement) *Element {
	e := &Element{Name: strings.ToLower(start.Name.Local), attrs: make(map[string]string, len(start.Attr))}
	for _, attr := range start.Attr {
		e.attrs[strings.ToLower(attr.Name.Local)] = attr.Value
	}
	return e
}

// Skip passes over an element that was begun, however long it is.
func (s *XML) Skip() error {
	for depth := 1; depth > 0; {
		s.in.refill()
		token, err := s.token()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if depth > maxDepth {
			return errTooDeep
		}
	}
	return nil
}
