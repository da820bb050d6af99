//go:build prove_disk

package proofs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/proofs/site"
)

const (
	// diskSize is what an empty cluster and two segments of its log need, and some more.
	diskSize = "160m"
	// sqliteDiskSize is some more than what a file of SQLite grows to here.
	sqliteDiskSize = "32m"
)

// TestNothingAcknowledgedIsLostWhenTheDiskIsFull_NeedsRoot fills the small disk that PostgreSQL lives on, a tmpfs, so
// that tables and at times the write-ahead log cannot grow. It mounts, so it needs root, and a build tag:
//
//	DURATION=10m go test -tags prove_disk -timeout 20m -v -run TheDiskIsFull ./proofs
func TestNothingAcknowledgedIsLostWhenTheDiskIsFull_NeedsRoot(t *testing.T) {
	disk := mountSmallDisk(t, diskSize)
	c, seed := newCrashes(t, site.Options{Replicas: 2, PostgresDir: disk, PostgresSettings: map[string]string{
		"max_wal_size": "32MB", "min_wal_size": "32MB", "shared_buffers": "16MB",
	}})
	full := &fullDisk{t: t, ballast: filepath.Join(disk, "ballast"), crashes: c}
	c.faultUnderLoad = full.strike
	c.run("full disks", 4, 50, seed)
	t.Logf("%d calls were not decided while the disk was full; the server went down %d times", full.refused, full.downs)
	if full.refused == 0 {
		t.Error("no call was refused: the disk was not full")
	}
}

func mountSmallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test mounts a tmpfs to fill, which takes root: run it as root, or leave out the tag prove_disk")
	}
	dir, err := os.MkdirTemp("/tmp", "countersign-disk-") //nolint:usetesting // the server's user must reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=1777,size="+size); err != nil {
		t.Fatalf("mounting a tmpfs on %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
	if err := os.Chmod(dir, 0o1777); err != nil {
		t.Fatal(err)
	}
	return dir
}

type fullDisk struct {
	t       *testing.T
	ballast string
	crashes *crashes
	refused int64
	downs   int
}

const (
	refusalsOfFull = 25
	longestFull    = 10 * time.Second
)

// strike fills the disk under load, waits until calls have been refused, and gives the space back. In every other
// cycle the log is filled too, which ends the server.
func (f *fullDisk) strike(ctx context.Context, l *load, r *rand.Rand) error {
	before := l.refused.Load()
	if err := f.fill(); err != nil {
		return err
	}
	if r.IntN(2) == 0 {
		f.fillLog(ctx)
	}
	limit, cancel := context.WithTimeout(ctx, longestFull)
	defer cancel()
	for l.refused.Load() < before+refusalsOfFull && limit.Err() == nil {
		pause(limit, 20*time.Millisecond)
	}
	f.refused += l.refused.Load() - before
	if err := os.Remove(f.ballast); err != nil {
		return err
	}
	return f.revive(ctx)
}

const (
	// readyOnFull bounds the time in which a replica notices that its disk is full, and readyAgain that in which it
	// believes that there is space again.
	readyOnFull = 15 * time.Second
	readyAgain  = 30 * time.Second
)

// TestNothingAcknowledgedIsLostWhenTheDiskOfSQLiteIsFull_NeedsRoot fills the small disk of an SQLite file under load.
// The replica is not ready, says why, and is ready again once there is space.
//
//	DURATION=10m go test -tags prove_disk -timeout 20m -v -run TheDiskOfSQLiteIsFull ./proofs
func TestNothingAcknowledgedIsLostWhenTheDiskOfSQLiteIsFull_NeedsRoot(t *testing.T) {
	disk := mountSmallDisk(t, sqliteDiskSize)
	c, seed := newCrashes(t, site.Options{SQLite: true, SQLiteDir: disk})
	full := &fullDisk{t: t, ballast: filepath.Join(disk, "ballast"), crashes: c}
	c.faultUnderLoad = full.strikeSQLite
	c.run("full disks of SQLite", 3, 50, seed)
	t.Logf("%d calls were not decided while the disk was full", full.refused)
	if full.refused == 0 {
		t.Error("no call was refused: the disk was not full")
	}
}

// strikeSQLite fills the disk under load until the replica is not ready, and gives the space back.
func (f *fullDisk) strikeSQLite(ctx context.Context, l *load, _ *rand.Rand) error {
	before := l.refused.Load()
	if err := f.fill(); err != nil {
		return err
	}
	noticed, err := f.until(ctx, http.StatusServiceUnavailable, readyOnFull)
	if err != nil {
		return fmt.Errorf("with a full disk, and %d calls refused: %w", l.refused.Load()-before, err)
	}
	if log := f.crashes.site.Replicas[0].Log(); !strings.Contains(log, "disk is full") && !strings.Contains(log, "disk full") {
		f.t.Errorf("the log says not that the disk is full:\n%s", log)
	}
	f.refused += l.refused.Load() - before
	if err := os.Remove(f.ballast); err != nil {
		return err
	}
	again, err := f.until(ctx, http.StatusOK, readyAgain)
	f.t.Logf("not ready %v after the disk was full, ready %v after there was space; %d calls were not decided",
		noticed.Round(10*time.Millisecond), again.Round(10*time.Millisecond), l.refused.Load()-before)
	return err
}

// until waits until /readyz is answered so, and returns how long that took.
func (f *fullDisk) until(ctx context.Context, status int, most time.Duration) (time.Duration, error) {
	for began := time.Now(); ; pause(ctx, 50*time.Millisecond) {
		o := f.crashes.site.Client(0).Call(ctx, http.MethodGet, "/readyz", nil)
		if o.Status == status {
			return time.Since(began), nil
		}
		if time.Since(began) > most || ctx.Err() != nil {
			return most, fmt.Errorf("/readyz is answered %v %s after %v, want %d", o, o.Body, most, status)
		}
	}
}

// fill writes until there is no space left.
func (f *fullDisk) fill() error {
	file, err := os.Create(f.ballast)
	if err != nil {
		return err
	}
	defer file.Close()
	for size := 1 << 20; size >= 512; {
		_, err := file.Write(make([]byte, size))
		switch {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			return err
		}
	}
	return nil
}

// fillLog writes into the log until the server cannot.
func (f *fullDisk) fillLog(ctx context.Context) {
	o := newProbe(f.t, f.crashes.site)
	for {
		if _, err := o.conn.Exec(ctx, "SELECT pg_logical_emit_message(true, 'fill', repeat('x', 4000000))"); err != nil {
			return
		}
	}
}

// revive starts the server anew where it has gone down, as its supervisor would.
func (f *fullDisk) revive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestFull)
	defer cancel()
	if conn, err := pgx.Connect(ctx, f.crashes.site.DatabaseURL); err == nil {
		return conn.Close(ctx)
	}
	f.downs++
	if err := f.crashes.site.Cluster.Stop(pgtest.Immediate); err != nil {
		return err
	}
	return restart(ctx, f.crashes.site.Cluster)
}
