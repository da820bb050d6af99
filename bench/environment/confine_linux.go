package environment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/countersign/countersign/bench/meter"
)

// Halve leaves half of the processors to this process, to the cluster, and to all that they start from now on. What
// it returns gives them all back.
func (e *Environment) Halve() (restore func() error, err error) {
	var all, half unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, fmt.Errorf("read which processors there are: %w", err)
	}
	most := all.Count() / 2
	if most == 0 {
		return nil, errors.New("one processor cannot be halved: leave fairness-half out with ONLY")
	}
	for cpu := 0; half.Count() < most; cpu++ {
		if all.IsSet(cpu) {
			half.Set(cpu)
		}
	}
	return func() error { return e.confine(&all) }, e.confine(&half)
}

func (e *Environment) confine(to *unix.CPUSet) error {
	postmaster, err := e.Postmaster()
	if err != nil {
		return err
	}
	for _, root := range []int{os.Getpid(), postmaster} {
		family, err := meter.Family(root)
		if err != nil {
			return err
		}
		for _, pid := range family {
			if err := confineThreads(pid, to); err != nil {
				return fmt.Errorf("choose the processors of process %d: %w", pid, err)
			}
		}
	}
	return nil
}

// confineThreads chooses the processors of all threads of a process. A new one has those of the thread that made it:
// hence the second round.
func confineThreads(pid int, to *unix.CPUSet) error {
	for range 2 {
		threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task/*"))
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(filepath.Base(thread))
			if err != nil {
				return err
			}
			if err := unix.SchedSetaffinity(id, to); err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
				return err
			}
		}
	}
	return nil
}
