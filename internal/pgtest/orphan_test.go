package pgtest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
)

// announceVariable makes this test binary one that starts a cluster of its own, tells where, and hangs.
const announceVariable = "PGTEST_ANNOUNCE"

func TestMain(m *testing.M) {
	if os.Getenv(announceVariable) != "" {
		announce()
	}
	os.Exit(m.Run())
}

func announce() {
	cluster, err := pgtest.Start("", pgtest.Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(cluster.URL())
	select {}
}

func TestClusterEndsWithTheProcessThatStartedIt(t *testing.T) {
	t.Parallel()
	dir := sharedTempDir(t)
	binary := exec.CommandContext(t.Context(), os.Args[0])
	binary.Env = append(os.Environ(), announceVariable+"=1", "TMPDIR="+dir, pgtest.Environment+"=")
	binary.Stderr = os.Stderr
	out, err := binary.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := binary.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url := strings.TrimSpace(line)
	if err != nil || !strings.HasPrefix(url, "postgres://") {
		t.Fatalf("the binary said %q, %v; want a URL", line, err)
	}
	_ = connect(t, url)
	if err := binary.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = binary.Wait() // killed, as it should be

	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still holds %v", dir, entries)
		}
	}
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("the server outlived the process that started it")
	}
}

// sharedTempDir can be entered by the user the server runs as, other than t.TempDir.
func sharedTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "countersign-pgtest-parent-") //nolint:usetesting // that one is 0700
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o1777); err != nil {
		t.Fatal(err)
	}
	return dir
}
