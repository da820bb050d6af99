package site

import (
	"strings"
	"testing"
)

// What a process writes comes in pieces of any length.
func TestTheJournalKeepsWholeLinesAndNotesAPanic(t *testing.T) {
	t.Parallel()
	const log = `{"msg":"started"}
{"msg":"request","status":200}
{"msg":"request","status":500}
panic: no
`
	for size := 1; size <= len(log); size++ {
		j, rest := &journal{}, log
		for rest != "" {
			part := rest[:min(size, len(rest))]
			if n, err := j.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
			rest = rest[len(part):]
		}
		if want := strings.Replace(log, `{"msg":"request","status":200}`+"\n", "", 1); j.String() != want || !j.panicked() {
			t.Errorf("in pieces of %d it keeps\n%s", size, j)
		}
	}
}
