package repository

import (
	"encoding/json"
	"time"
)

// stamp is the stored form of a time: whole microseconds, which PostgreSQL
// keeps, in UTC; NULL for the zero time.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = micros(t)
	return &t
}

// unstamp is the inverse of stamp.
func unstamp(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// micros drops what PostgreSQL would drop or, in text form, round up.
func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// encodeList is the stored form of a list of strings; nil is empty.
func encodeList[S ~string](list []S) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	return encode(list)
}

// encode is the stored form of a document.
func encode(document any) (string, error) {
	text, err := json.Marshal(document)
	return string(text), err
}

// decode reads a document; an empty list or object becomes nil.
func decode[T any](text string) (T, error) {
	var document T
	if text == "" || text == "[]" || text == "{}" {
		return document, nil
	}
	err := json.Unmarshal([]byte(text), &document)
	return document, err
}
