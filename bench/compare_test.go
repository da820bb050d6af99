package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/processtest"
)

func TestAComparisonMeasuresBothProgramsAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir, binary := benchDir(t), processtest.Binary(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), actVariable+"=compare "+binary, "BENCH_DIR="+dir, "BINARY="+binary,
		"PAIRS=1", "SLICE=1s", "USERS=6000", "CONCURRENCY=16")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	for _, measure := range []string{"verify", "verify, the same users again"} {
		const rate, ratio = `[0-9,.]+`, `[0-9]+\.[0-9]+`
		row := `(?m)^\| ` + measure + ` \| 16 \| 1( \| ` + rate + ` \| ` + rate + ` \| ` + ratio + `){3} \|$`
		if !regexp.MustCompile(row).Match(out) {
			t.Errorf("no row %s in\n%s", row, out)
		}
	}
	if strings.Contains(stderr.String(), "answers") {
		t.Errorf("answers that did not count:\n%s", stderr.String())
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left := processesIn(t, dir); len(left) > 0 {
		t.Errorf("still running: %q", left)
	}
}

func TestAComparisonThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	here, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	possible := comparison{Base: here, Binary: here, Pairs: 1, Slice: time.Second, Concurrency: []int{1}, Users: 1000}
	if _, _, err := possible.checked(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*comparison){
		"PAIRS must":       func(c *comparison) { c.Pairs = 0 },
		"SLICE must":       func(c *comparison) { c.Slice = time.Millisecond },
		"missing":          func(c *comparison) { c.Base += "-that-is-not-there" },
		"CONCURRENCY must": func(c *comparison) { c.Concurrency = []int{0} },
		"USERS must":       func(c *comparison) { c.Users = 1 },
	} {
		c := possible
		spoil(&c)
		if _, _, err := c.checked(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
