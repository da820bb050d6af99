package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cursor says where a page begins. Clients get it as an opaque text, so that it
// may change: the version tells an old one.
type cursor struct {
	Version int    `json:"v"`
	List    string `json:"l"` // a cursor of one list is not one of another
	After   string `json:"a"` // the last item of the page before
}

const (
	cursorVersion = 1
	cursorLongest = 512 // bytes of After

	listOfUsers  = "users"
	listOfEvents = "events"
)

var cursorText = base64.RawURLEncoding.Strict()

// next returns the cursor for the page after the one that ended with last.
func next(list, last string) *string {
	encoded, err := json.Marshal(cursor{Version: cursorVersion, List: list, After: last})
	if err != nil {
		return nil // a struct of texts is always JSON
	}
	text := cursorText.EncodeToString(encoded)
	return &text
}

// after reads a cursor; none is the beginning of the list.
func after(list, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	decoded, err := cursorText.DecodeString(text)
	if err != nil {
		return "", errCursor
	}
	var c cursor
	decoder := json.NewDecoder(bytes.NewReader(decoded))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil || c.Version != cursorVersion || c.List != list || !c.sane() {
		return "", errCursor
	}
	if *next(list, c.After) != text {
		return "", errCursor // not one of ours: there is one spelling
	}
	return c.After, nil
}

var errCursor = malformedAt("cursor", "must be a next_cursor of this list")

func (c cursor) sane() bool {
	return c.After != "" && len(c.After) <= cursorLongest && utf8.ValidString(c.After) &&
		!strings.ContainsFunc(c.After, unicode.IsControl)
}

// page cuts a list that was read one item longer than asked for, and returns
// the cursor of the rest, or nil.
func page[T any](items []T, limit int, list string, id func(T) string) ([]T, *string) {
	if len(items) <= limit {
		return items, nil
	}
	items = items[:limit]
	return items, next(list, id(items[limit-1]))
}

const defaultLimit = 50

func limitOf(asked int) int {
	if asked == 0 {
		return defaultLimit
	}
	return asked
}
