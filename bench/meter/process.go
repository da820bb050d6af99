package meter

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is USER_HZ, the unit of time in /proc/<pid>/stat, which is 100 to user space on every architecture.
const tick = time.Second / 100

// usage is what /proc/<pid>/stat says of one process.
type usage struct {
	pid, parent int
	own         time.Duration // user and system time
	reaped      time.Duration // that of children that have ended, and theirs
}

// CPU is the processor time of a process and of all its descendants, those that have ended included.
func CPU(pid int) (time.Duration, error) {
	all, err := processes()
	if err != nil {
		return 0, err
	}
	found := false
	var total time.Duration
	for _, p := range all {
		if p.pid == pid {
			found = true
		}
		if p.pid == pid || descends(all, p, pid) {
			total += p.own + p.reaped
		}
	}
	if !found {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	return total, nil
}

// Family is a process and all its descendants.
func Family(pid int) ([]int, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	var family []int
	for _, p := range all {
		if p.pid == pid || descends(all, p, pid) {
			family = append(family, p.pid)
		}
	}
	return family, nil
}

func descends(all map[int]usage, p usage, from int) bool {
	for parent := p.parent; parent > 0; parent = all[parent].parent {
		if parent == from {
			return true
		}
	}
	return false
}

func processes() (map[int]usage, error) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the only error is a bad pattern
	if len(files) == 0 {
		return nil, fmt.Errorf("there is no /proc here, so processor time cannot be read: run the benchmark on Linux")
	}
	all := make(map[int]usage, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended in the meantime
		}
		if p, err := parseStat(string(text)); err == nil {
			all[p.pid] = p
		}
	}
	return all, nil
}

// parseStat reads a line as proc(5) describes it. The name may hold blanks and parentheses.
func parseStat(line string) (usage, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return usage{}, fmt.Errorf("no process name in %q", line)
	}
	fields := strings.Fields(line[end+1:]) // from the third, the state, on
	if len(fields) < 15 {
		return usage{}, fmt.Errorf("too few fields in %q", line)
	}
	var numbers [6]int64
	for i, text := range []string{strings.TrimSpace(line[:open]), fields[1], fields[11], fields[12], fields[13], fields[14]} {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return usage{}, fmt.Errorf("field %q: %w", text, err)
		}
		numbers[i] = n
	}
	return usage{
		pid: int(numbers[0]), parent: int(numbers[1]),
		own: time.Duration(numbers[2]+numbers[3]) * tick, reaped: time.Duration(numbers[4]+numbers[5]) * tick,
	}, nil
}
