package meter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// DiskRead is how many bytes a process and its descendants, those that have ended included, have read from the disk:
// read_bytes in /proc/<pid>/io, see proc(5). What was in the page cache is not among them.
func DiskRead(pid int) (int64, error) {
	family, err := Family(pid)
	if err != nil {
		return 0, err
	}
	if len(family) == 0 {
		return 0, fmt.Errorf("process %d has ended", pid)
	}
	var total int64
	for _, one := range family {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", one))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it ended in the meantime
		}
		if err != nil {
			return 0, err
		}
		n, err := parseIO(string(text))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func parseIO(text string) (n int64, err error) {
	for line := range strings.Lines(text) {
		if _, err := fmt.Sscanf(line, "read_bytes: %d", &n); err == nil {
			return n, nil
		}
	}
	return 0, errors.New("no read_bytes in what the process read and wrote")
}
