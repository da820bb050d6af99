package meter

import (
	"fmt"
	"os"
	"strings"
)

// Memory is a process's resident memory in bytes.
type Memory struct {
	Resident int64 // VmRSS: now
	Peak     int64 // VmHWM: the most since ResetPeak
}

// MemoryOf reads the memory of one process.
func MemoryOf(pid int) (Memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return Memory{}, err
	}
	return parseStatus(string(text))
}

func parseStatus(text string) (Memory, error) {
	var m Memory
	for line := range strings.Lines(text) {
		var kilobytes int64
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); err == nil {
			m.Resident = kilobytes << 10
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); err == nil {
			m.Peak = kilobytes << 10
		}
	}
	if m.Resident == 0 || m.Peak == 0 {
		return Memory{}, fmt.Errorf("no VmRSS or VmHWM in the status of the process")
	}
	return m, nil
}

// ResetPeak makes the resident memory of now the peak: a 5 in clear_refs, see proc(5).
func ResetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}
