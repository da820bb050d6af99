package pgtest

import (
	"os"

	"golang.org/x/sys/unix"
)

// room is what a cluster may take: the log is 1 GB of it, and each database that a test has 10 MB.
const room = 4 << 30

// inMemory is a directory whose files are in memory, to copy a database in a tenth of the time; "" where none has
// room, or where TMPDIR says where temporary files belong.
func inMemory() string {
	const directory = "/dev/shm"
	var system unix.Statfs_t
	if os.Getenv("TMPDIR") != "" || unix.Statfs(directory, &system) != nil || system.Bavail*uint64(system.Bsize) < room {
		return ""
	}
	return directory
}
