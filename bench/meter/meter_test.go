package meter

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAProcessIsReadWhateverItsName(t *testing.T) {
	t.Parallel()
	const rest = "S 7 4021 4021 0 -1 4194560 1 2 3 4 150 50 1000 25 20 0 1 0 99 1 2\n"
	want := usage{pid: 4021, parent: 7, own: 2 * time.Second, reaped: 10250 * time.Millisecond}
	for _, name := range []string{"postgres", "a b", "x) S 1 (y", "((", ""} {
		got, err := parseStat("4021 (" + name + ") " + rest)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(usage{})); err != nil || diff != "" {
			t.Errorf("named %q: %v (-want +got):\n%s", name, err, diff)
		}
	}
	for _, line := range []string{"", "4021", "4021 (x", "4021 (x) S 7", "x (y) " + rest} {
		if got, err := parseStat(line); err == nil {
			t.Errorf("%q is read as %v", line, got)
		}
	}
}

func TestDescendantsAreThoseOfDescendantsToo(t *testing.T) {
	t.Parallel()
	all := map[int]usage{2: {pid: 2, parent: 1}, 3: {pid: 3, parent: 2}, 4: {pid: 4, parent: 3}, 5: {pid: 5, parent: 1}}
	for pid, want := range map[int]bool{2: false, 3: true, 4: true, 5: false} {
		if got := descends(all, all[pid], 2); got != want {
			t.Errorf("%d descends from 2: %v, want %v", pid, got, want)
		}
	}
}

// A child's time counts while it lives and after it has ended.
func TestTheTimeOfAChildThatEndedCounts(t *testing.T) {
	before := mustCPU(t)
	child := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	took := child.ProcessState.UserTime() + child.ProcessState.SystemTime()
	if got := mustCPU(t) - before; got < took-2*tick {
		t.Errorf("%v were added, and the child alone took %v", got, took)
	}
}

func TestAProcessThatHasEndedIsAnError(t *testing.T) {
	t.Parallel()
	if got, err := CPU(1 << 30); err == nil {
		t.Errorf("no process took %v", got)
	}
}

func mustCPU(t *testing.T) time.Duration {
	t.Helper()
	taken, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func TestMemoryIsReadInBytes(t *testing.T) {
	t.Parallel()
	got, err := parseStatus("Name:\tx\nVmPeak:\t 900 kB\nVmHWM:\t   300 kB\nVmRSS:\t   200 kB\n")
	if diff := cmp.Diff(Memory{Resident: 200 << 10, Peak: 300 << 10}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := parseStatus("Name:\tkthreadd\n"); err == nil {
		t.Error("a process without memory has some")
	}
	own, err := MemoryOf(os.Getpid())
	if err != nil || own.Resident > own.Peak {
		t.Errorf("own memory: %+v, %v", own, err)
	}
}

func TestTheMachineIsDescribed(t *testing.T) {
	t.Parallel()
	m, err := ThisMachine(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if m.CPU == "" || m.Cores < 1 || m.Memory < 1<<20 || m.Kernel == "" || m.System == "" || m.Load == "" || m.SyncTime <= 0 {
		t.Errorf("something is missing: %+v", m)
	}
}
