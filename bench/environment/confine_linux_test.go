package environment_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/countersign/countersign/bench/environment"
)

// A tenant's fair share is what it gets alone on half of the processors: so all of its servers have to be there.
func TestHalfOfTheProcessorsServeAndThenAll(t *testing.T) {
	dir := t.TempDir()
	for _, parent := range []string{filepath.Dir(dir), dir} { // PostgreSQL may run as another user
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r, err := environment.New(os.Args[0], dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	postmaster, err := r.Postmaster()
	if err != nil {
		t.Fatal(err)
	}
	all := runtime.NumCPU()
	if all == 1 {
		if _, err := r.Halve(); err == nil {
			t.Error("one processor was halved")
		}
		return
	}
	restore, err := r.Halve()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{os.Getpid(), postmaster} {
		if got := processors(t, pid); got != all/2 {
			t.Errorf("process %d has %d processors, want half of %d", pid, got, all)
		}
	}
	if err := restore(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{os.Getpid(), postmaster} {
		if got := processors(t, pid); got != all {
			t.Errorf("process %d has %d processors again, want %d", pid, got, all)
		}
	}
}

func processors(t *testing.T, pid int) int {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(pid, &set); err != nil {
		t.Fatal(err)
	}
	return set.Count()
}
