package repository_test

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// A Duration that overflows would be a time before the telephone.
func TestAStoredClockOffsetIsBoundedWhateverItIs(t *testing.T) {
	t.Parallel()
	onEachMigrated(t, func(t *testing.T, url string) {
		store := migrated(t, url)
		tenant := domain.Tenant{ID: "box", Edition: domain.EditionServer, Sandbox: true, Policy: domain.DefaultPolicy(), CreatedAt: time.Now()}
		if err := store.Commit(t.Context(), []domain.Change{{TenantID: "box", Tenant: &tenant}})[0]; err != nil {
			t.Fatal(err)
		}
		path, isFile := strings.CutPrefix(url, "sqlite:")
		db, err := sql.Open(map[bool]string{true: "sqlite", false: "pgx"}[isFile], path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for stored, want := range map[int64]time.Duration{
			90: 90 * time.Second, -1: 0, math.MinInt64: 0, math.MaxInt64: domain.LongestClockOffset, 1 << 34: domain.LongestClockOffset,
		} {
			if _, err := db.ExecContext(t.Context(), fmt.Sprintf("UPDATE tenants SET clock_offset_seconds = %d", stored)); err != nil {
				t.Fatal(err)
			}
			read, err := store.Tenant(t.Context(), "box")
			if err != nil || read.ClockOffset != want {
				t.Errorf("%d seconds are read as %s, want %s: %v", stored, read.ClockOffset, want, err)
			}
		}
	})
}
