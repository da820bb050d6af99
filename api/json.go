package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var (
	errNotJSON       = errors.New("must be one JSON value in UTF-8, with nothing after it")
	errDuplicateName = errors.New("has a field that is given twice")
)

// decodeJSON reads exactly one JSON value. No object in it may name a field
// twice (RFC 7493, section 2.3): which of the two counts would be for each
// reader to decide, and those who check must read what those who act read.
func decodeJSON(text []byte) (any, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errNotJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decodeValue(decoder)
}

func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errNotJSON
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(d)
	case json.Delim('['):
		return decodeArray(d)
	}
	return token, nil
}

func decodeObject(d *json.Decoder) (any, error) {
	object := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotJSON
		}
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		if _, taken := object[name.(string)]; taken {
			return nil, errDuplicateName
		}
		object[name.(string)] = value
	}
	_, err := d.Token()
	return object, err
}

func decodeArray(d *json.Decoder) (any, error) {
	array := []any{}
	for d.More() {
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := d.Token()
	return array, err
}
