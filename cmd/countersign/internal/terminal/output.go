// Package terminal shows what commands print, and how far they are.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Output is the choice that every command which lists or creates offers.
type Output struct {
	Output string `enum:"text,json" default:"text" placeholder:"text" help:"How to print: text or json."`
}

// Print writes v as JSON, or what text writes.
func (o Output) Print(w io.Writer, v any, text func(io.Writer)) error {
	if o.Output == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(v)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	text(table)
	return table.Flush()
}

// Row writes the cells of one line of a table.
func Row(w io.Writer, cells ...string) {
	for i, cell := range cells {
		if cell == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// Day shows a time in a table.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Stamp is a time in JSON; the zero time is null.
func Stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// List is never null in JSON.
func List[S ~string](items []S) []string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, string(item))
	}
	return texts
}
