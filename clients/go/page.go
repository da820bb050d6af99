package countersign

import (
	"iter"
	"net/url"
	"strconv"
)

// page sets what every list takes.
func page(query url.Values, limit int, cursor string) {
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	text(query, "cursor", cursor)
}

// text sets a parameter unless it is empty.
func text(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

// all goes through pages until there is no next one.
func all[T any](read func(cursor *string) ([]T, *string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var cursor *string
		for {
			items, next, err := read(cursor)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == nil {
				return
			}
			cursor = next
		}
	}
}
