package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// children lists the processes that parent started, from /proc; where there is none, the list is empty and
// the server's other processes end by themselves once they notice that the first is gone.
func children(parent int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/status") // the only error is a bad pattern
	var found []int
	for _, file := range stats {
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && parentOf(file) == parent {
			found = append(found, pid)
		}
	}
	return found
}

func parentOf(statusFile string) int {
	text, err := os.ReadFile(statusFile)
	if err != nil {
		return 0 // it ended in the meantime
	}
	for line := range strings.Lines(string(text)) {
		var parent int
		if _, err := fmt.Sscanf(line, "PPid:\t%d", &parent); err == nil {
			return parent
		}
	}
	return 0
}
