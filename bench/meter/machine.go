package meter

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Machine is what the figures were measured on.
type Machine struct {
	CPU      string  `json:"cpu"`
	Cores    int     `json:"cores"`
	Memory   int64   `json:"memory_bytes"`
	Kernel   string  `json:"kernel"`
	System   string  `json:"system"`
	Load     string  `json:"load_average"` // before the run, over 1, 5 and 15 minutes
	SyncTime float64 `json:"sync_us"`      // median of an 8 kB write and its fsync
}

// ThisMachine describes the machine; dir is where a file may be made to time its disk.
func ThisMachine(dir string) (Machine, error) {
	sync, err := syncTime(dir)
	return Machine{
		CPU:      field("/proc/cpuinfo", "model name"),
		Cores:    runtime.NumCPU(),
		Memory:   kilobytes(field("/proc/meminfo", "MemTotal")) << 10,
		Kernel:   firstLine("/proc/sys/kernel/osrelease"),
		System:   strings.Trim(field("/etc/os-release", "PRETTY_NAME"), `"`),
		Load:     strings.Join(first(strings.Fields(firstLine("/proc/loadavg")), 3), " "),
		SyncTime: float64(sync.Nanoseconds()) / 1000,
	}, err
}

const (
	syncTimes = 100
	syncSize  = 8 << 10
)

func syncTime(dir string) (time.Duration, error) {
	file, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close(); _ = os.Remove(file.Name()) }()
	took := make([]time.Duration, syncTimes)
	for i := range took {
		began := time.Now()
		if _, err := file.WriteAt(make([]byte, syncSize), 0); err != nil {
			return 0, err
		}
		if err := syscall.Fsync(int(file.Fd())); err != nil {
			return 0, fmt.Errorf("sync a file: %w", err)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// field returns what follows a name at the beginning of a line, after a colon or an equals sign.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strings.Trim(rest, ":= \t\n")
		}
	}
	return ""
}

func firstLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

func kilobytes(text string) int64 {
	var n int64
	if _, err := fmt.Sscanf(text, "%d kB", &n); err != nil {
		return 0
	}
	return n
}

func first(words []string, n int) []string { return words[:min(n, len(words))] }
