package factorfile

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

// element is a part of an XML document. Names are without namespace and in lower
// case: privacyIDEA writes the elements of RFC 6030 so, and no two of them
// differ in that alone.
type element struct {
	name     string
	attrs    map[string]string
	text     strings.Builder
	children []*element
}

// find returns the first element on the way down; nil if there is none, and of
// nil too.
func (e *element) find(path ...string) *element {
	for _, name := range path {
		var next *element
		for _, child := range e.childrenOf() {
			if child.name == name {
				next = child
				break
			}
		}
		e = next
	}
	return e
}

func (e *element) childrenOf() []*element {
	if e == nil {
		return nil
	}
	return e.children
}

// value is the text of an element without the blanks around it.
func (e *element) value() string {
	if e == nil {
		return ""
	}
	return strings.TrimSpace(e.text.String())
}

func (e *element) attr(name string) string {
	if e == nil {
		return ""
	}
	return e.attrs[name]
}

// xmlStream reads XML of any length; a record of it is bounded. Documents with a
// type declaration are refused, so that there is no entity but the five of XML.
type xmlStream struct {
	in      *budget
	decoder *xml.Decoder
}

func newXMLStream(in io.Reader) *xmlStream {
	b := &budget{from: in}
	b.refill()
	return &xmlStream{in: b, decoder: xml.NewDecoder(b)}
}

func (s *xmlStream) token() (xml.Token, error) {
	token, err := s.decoder.Token()
	if err != nil {
		return nil, s.mistake(err)
	}
	if _, is := token.(xml.Directive); is {
		return nil, fileError("The XML has a document type declaration, which PSKC does not need. Take it out, if you trust the file.")
	}
	return token, nil
}

// mistake says where the file is broken. The words of the decoder stay out: they
// quote what it met.
func (s *xmlStream) mistake(err error) error {
	var syntax *xml.SyntaxError
	line, _ := s.decoder.InputPos()
	switch {
	case errors.Is(err, errTooLarge):
		return fileError(fmt.Sprintf("A record near line %d is larger than 1 MiB. Look for a missing end there.", line))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fileError("The file ends in the middle. Export it again.")
	case errors.As(err, &syntax), strings.HasPrefix(err.Error(), "xml:"):
		return fileError(fmt.Sprintf("The file is no well-formed XML in UTF-8 near line %d. Export it again.", line))
	}
	return err
}

// open returns the next element that begins; nil where the one around it ends.
func (s *xmlStream) open() (*xml.StartElement, error) {
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

// element reads an element that was begun, whole.
func (s *xmlStream) element(start *xml.StartElement) (*element, error) {
	root := newElement(*start)
	open := []*element{root}
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
			return nil, fileError("A record has more elements than PSKC has. It is not what it is taken for.")
		}
	}
	return root, nil
}

func newElement(start xml.StartElement) *element {
	e := &element{name: strings.ToLower(start.Name.Local), attrs: make(map[string]string, len(start.Attr))}
	for _, attr := range start.Attr {
		e.attrs[strings.ToLower(attr.Name.Local)] = attr.Value
	}
	return e
}

// skip passes over an element that was begun, however long it is.
func (s *xmlStream) skip() error {
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
			return fileError("The file is nested more than 100 deep. It is not what it is taken for.")
		}
	}
	return nil
}
