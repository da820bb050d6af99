package meter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Switches is how often the threads of one process gave up the processor to wait. Those that have ended do not count: a
// Go program keeps its own.
func Switches(pid int) (int64, error) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid)) // the only error is a bad pattern
	if len(files) == 0 {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	var total int64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended in the meantime
		}
		n, err := parseSwitches(string(text))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func parseSwitches(text string) (n int64, err error) {
	for line := range strings.Lines(text) {
		if _, err := fmt.Sscanf(line, "voluntary_ctxt_switches: %d", &n); err == nil {
			return n, nil
		}
	}
	return 0, errors.New("no voluntary_ctxt_switches in the status of the thread")
}
