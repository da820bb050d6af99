// Package userexport writes what is held about a person as one document, however many
// events that has.
package userexport

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/service/personaldata"
)

// Write writes an export that begins with a page, and reads the others as it goes: of
// somebody there may be very many events.
func Write(w io.Writer, page personaldata.Export, read func(before string) (personaldata.Export, error)) error {
	out := document{to: w}
	body := api.UserExport(page)
	out.write("{\n\"exported_at\": ", body.ExportedAt)
	out.write(",\n\"user_id\": ", body.UserID)
	if body.User != nil {
		out.write(",\n\"user\": ", body.User)
	}
	out.text(",\n\"events\": [")
	before := "\n"
	for {
		for _, event := range page.Events {
			out.write(before, api.AuditEvent(event))
			before = ",\n"
		}
		if page.Next == "" || out.err != nil {
			break
		}
		var err error
		if page, err = read(page.Next); err != nil {
			return errors.Join(err, errors.New("what was printed is not all"))
		}
	}
	out.text("\n],\n\"next_cursor\": null\n}\n")
	return out.err
}

// document is one on its way, which keeps the first error.
type document struct {
	to  io.Writer
	err error
}

func (w *document) text(text string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.to, text)
	}
}

func (w *document) write(before string, value any) {
	text, err := json.Marshal(value)
	w.err = errors.Join(w.err, err)
	w.text(before + string(text))
}
