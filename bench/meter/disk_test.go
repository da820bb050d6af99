package meter

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOnlyWhatCameFromTheDiskIsRead(t *testing.T) {
	t.Parallel()
	got, err := parseIO("rchar: 9000\nwchar: 1\nsyscr: 2\nsyscw: 3\nread_bytes: 4096\nwrite_bytes: 5\ncancelled_write_bytes: 6\n")
	if err != nil || got != 4096 {
		t.Errorf("%d, %v", got, err)
	}
	if _, err := parseIO("rchar: 9000\n"); err == nil {
		t.Error("what does not say what was read is taken for nothing")
	}
	if n, err := DiskRead(1 << 30); err == nil {
		t.Errorf("no process read %d bytes", n)
	}
}

// A child reads a file that is not in the page cache, and ends.
func TestWhatAChildThatEndedReadFromTheDiskCounts(t *testing.T) {
	const size = 1 << 20
	path := filepath.Join(t.TempDir(), "file")
	content := make([]byte, size)
	_, _ = rand.Read(content)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		t.Fatal(err)
	}
	var system unix.Statfs_t
	if err := unix.Statfs(path, &system); err != nil {
		t.Fatal(err)
	}
	before, err := DiskRead(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "cat", path).Run(); err != nil {
		t.Fatal(err)
	}
	after, err := DiskRead(os.Getpid())
	want := int64(size)
	if system.Type == unix.TMPFS_MAGIC {
		want = 0 // it is on no disk
	}
	if err != nil || after-before < want {
		t.Errorf("%d bytes were read, %v, want %d", after-before, err, want)
	}
}
