package row

import (
	"encoding/json"
	"strings"
	"time"
)

// Stamp is the stored form of a time: whole microseconds, which PostgreSQL
// keeps, in UTC; NULL for the zero time.
func Stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = Micros(t)
	return &t
}

// Unstamp is the inverse of Stamp.
func Unstamp(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// Micros drops what PostgreSQL would drop or, in text form, round up.
func Micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// EncodeList is the stored form of a list of strings; nil is empty.
func EncodeList[S ~string](list []S) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	return Encode(list)
}

// Encode is the stored form of a document.
func Encode(document any) (string, error) {
	var text strings.Builder // what json.Marshal returns would be copied into a string
	if err := json.NewEncoder(&text).Encode(document); err != nil {
		return "", err
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

// Decode reads a document; an empty list or object becomes nil.
func Decode[T any](text string) (T, error) {
	var document T
	if text == "" || text == "[]" || text == "{}" {
		return document, nil
	}
	err := json.Unmarshal([]byte(text), &document)
	return document, err
}
