package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/report"
	"github.com/countersign/countersign/internal/processtest"
)

// A run ends with the verifications as a part of a handler that was sent the same requests, and with no process of either.
func TestVerificationsAreMeasuredBesideAPlainHandler(t *testing.T) {
	t.Parallel()
	dir, results := benchDir(t), t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), actVariable+"=--results "+results, "BENCH_DIR="+dir, "BINARY="+processtest.Binary(t),
		"ROUNDS=1", "DURATION=1s", "USERS=1000", "CONCURRENCY=2", "ONLY=plain|verify/postgresql")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for _, row := range []string{`verify, the same users again \| plain handler`, `verify \| plain handler, which reads the row first`} {
		if !regexp.MustCompile(`(?m)^\| ` + row + ` \| PostgreSQL, 1,000 \| 2 \| [0-9]`).Match(out) {
			t.Errorf("no row %s in\n%s", row, out)
		}
	}
	result, err := report.Read(filepath.Join(results, "slice.json"))
	if err != nil {
		t.Fatal(err)
	}
	var measures []string
	for _, c := range result.Cells {
		measures = append(measures, c.Measure)
		if c.PerSecond == 0 || c.Switches == 0 || len(c.NotCounted) > 0 {
			t.Errorf("%s: %v good answers a second, %v switches, and %v", c.Measure, c.PerSecond, c.Switches, c.NotCounted)
		}
	}
	if diff := cmp.Diff([]string{plainRead, plainKnown, verify, verifyAgain}, measures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if left := processesIn(t, dir); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}
