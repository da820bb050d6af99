package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// output is the choice that every command which lists or creates offers.
type output struct {
	Output string `enum:"text,json" default:"text" placeholder:"text" help:"How to print: text or json."`
}

// print writes v as JSON, or what text writes.
func (o output) print(w io.Writer, v any, text func(io.Writer)) error {
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

// row writes the cells of one line of a table.
func row(w io.Writer, cells ...string) {
	for i, cell := range cells {
		if cell == "" {
			cells[i] = "-"
		}
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

const shownOnce = "The key is shown once. Keep it where the host's backend reads its secrets."

// day shows a time in a table.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// stamp is a time in JSON; the zero time is null.
func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list is never null in JSON.
func list[S ~string](items []S) []string {
	texts := make([]string, 0, len(items))
	for _, item := range items {
		texts = append(texts, string(item))
	}
	return texts
}
