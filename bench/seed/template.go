package seed

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/countersign/countersign/service/domain"
)

// template is a row in COPY's text form, taken apart at the values that differ between people. What else is in
// the row, and in which order, is the product's business.
type template []segment

// segment is a literal text and the number of the value that follows it; -1: none does.
type segment struct {
	text  []byte
	value int
}

// values are what differs between people. None needs to be escaped in JSON, nor in COPY's text form.
func values(c domain.Change) [][]byte {
	texts := []string{c.User.ID, c.User.Username, strconv.FormatInt(c.User.Incarnation, 10)}
	for _, f := range c.User.Factors {
		texts = append(texts, f.ID, c.User.Generation, base64.StdEncoding.EncodeToString(f.TOTP.Secret))
	}
	if c.Codes != nil {
		for _, code := range c.Codes.Codes {
			texts = append(texts, base64.StdEncoding.EncodeToString(code.MAC[:]), base64.StdEncoding.EncodeToString(code.Sealed))
		}
	}
	all := make([][]byte, len(texts))
	for i, text := range texts {
		all[i] = []byte(text)
	}
	return all
}

// newTemplate takes apart a row that was written for these values. The user's id at least is in each.
func newTemplate(row []byte, written [][]byte) (template, error) {
	if bytes.Count(row, []byte{'\n'}) != 1 {
		return nil, errors.New("one row is expected")
	}
	var t template
	found := map[int]bool{}
	for {
		at, value := nearest(row, written)
		if value < 0 {
			break
		}
		found[value] = true
		t = append(t, segment{row[:at], value})
		row = row[at+len(written[value]):]
	}
	if !found[0] {
		return nil, fmt.Errorf("the user's id is not in the row")
	}
	return append(t, segment{row, -1}), nil
}

// nearest finds the value that comes first in the row.
func nearest(row []byte, written [][]byte) (at, value int) {
	at, value = len(row), -1
	for n, text := range written {
		if found := bytes.Index(row, text); found >= 0 && found < at {
			at, value = found, n
		}
	}
	return at, value
}

// holds reports which of the values are in the row.
func (t template) holds() map[int]bool {
	held := map[int]bool{}
	for _, s := range t {
		if s.value >= 0 {
			held[s.value] = true
		}
	}
	return held
}

func (t template) append(to []byte, values [][]byte) []byte {
	for _, s := range t {
		to = append(to, s.text...)
		if s.value >= 0 {
			to = append(to, values[s.value]...)
		}
	}
	return to
}
