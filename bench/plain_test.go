package main

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A run ends with the verifications as a part of a handler that was sent the same requests, with what is held against either,
// and with no process of any.
func TestVerificationsAreMeasuredBesideAPlainHandler(t *testing.T) {
	t.Parallel()
	out, result := slice(t, "USERS=1000", "CONCURRENCY=2", "ONLY=plain|verify/postgresql|decision|enrollment")
	for _, row := range []string{`verify, the same users again \| plain handler`, `verify \| plain handler, which reads the row first`,
		`decision \| verify`, `enrollment: begin \| plain handler, which reads the row first`, `enrollment: begin, then confirm \| plain handler, which reads the row first`} {
		if !regexp.MustCompile(`(?m)^\| ` + row + ` \| PostgreSQL, 1,000 \| 2 \| [0-9]`).Match(out) {
			t.Errorf("no row %s in\n%s", row, out)
		}
	}
	var measures []string
	for _, c := range result.Cells {
		measures = append(measures, c.Measure)
		if c.PerSecond == 0 || c.Switches == 0 || len(c.NotCounted) > 0 {
			t.Errorf("%s: %v good answers a second, %v switches, and %v", c.Measure, c.PerSecond, c.Switches, c.NotCounted)
		}
	}
	if diff := cmp.Diff([]string{plainRead, plainKnown, verify, verifyAgain, decision, enrollmentBegin, enrollment}, measures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
