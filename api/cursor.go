package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/countersign/countersign/api/edge"
)

// cursor says where a page begins. Clients get it as an opaque text, so that it
// may change: the version tells an old one.
type cursor struct {
	Version int    `json:"v"`
	List    string `json:"l"` // a cursor of one list is not one of another
	After   string `json:"a"` // the last item of the page before
	// Tenant is whose list it is, where a place in it is one of others too; of an export
	// with the user.
	Tenant string `json:"t,omitempty"`
	// Names are that item's username and display name, in a list that goes by
	// them.
	Names []string `json:"n,omitempty"`
}

const (
	cursorVersion = 1
	cursorLongest = 1024 // bytes of a text: 256 characters

	listOfUsers  = "users"
	listOfNames  = "names" // users, by name
	listOfEvents = "events"
	listOfExport = "export"

	listOfTenants = "tenants"
	feedOfEvents  = "feed"
)

var cursorText = base64.RawURLEncoding.Strict()

// text is what clients get of the cursor.
func (c cursor) text() *string {
	c.Version = cursorVersion
	encoded, err := json.Marshal(c)
	if err != nil {
		return nil // a struct of texts is always JSON
	}
	text := cursorText.EncodeToString(encoded)
	return &text
}

// after reads a cursor of a list; none is its beginning.
func after(list, text string) (cursor, error) {
	if text == "" {
		return cursor{}, nil
	}
	decoded, err := cursorText.DecodeString(text)
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	decoder := json.NewDecoder(bytes.NewReader(decoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil || c.Version != cursorVersion || c.List != list || !c.sane() {
		return cursor{}, errCursor
	}
	if *c.text() != text {
		return cursor{}, errCursor // not one of ours: there is one spelling
	}
	return c, nil
}

var errCursor = edge.MalformedAt("cursor", "must be a next_cursor of this list")

func (c cursor) sane() bool {
	names := 0
	if c.List == listOfNames {
		names = 2
	}
	texts := append([]string{c.After, c.Tenant}, c.Names...)
	return c.After != "" && len(c.Names) == names && (c.Tenant != "") == (c.List == feedOfEvents || c.List == listOfExport) && !slices.ContainsFunc(texts, func(text string) bool {
		return len(text) > cursorLongest || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl)
	})
}

// page cuts a list that was read one item longer than asked for, and returns
// the cursor of the rest, or nil.
func page[T any](items []T, limit int, at func(T) cursor) ([]T, *string) {
	if len(items) <= limit {
		return items, nil
	}
	items = items[:limit]
	return items, at(items[limit-1]).text()
}

const defaultLimit = 50

func limitOf(asked int) int {
	if asked == 0 {
		return defaultLimit
	}
	return asked
}
