package archive_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/countersign/countersign/internal/dbtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/archive"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/identifier"
)

var now = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func daysAgo(n int) time.Time { return now.AddDate(0, 0, -n) }

// stopped is a clock.
type stopped time.Time

func (s stopped) Now() time.Time { return time.Time(s) }

// there is the clock of a database.
type there time.Time

func (s there) Now(context.Context) (time.Time, error) { return time.Time(s), nil }

// kept is a trail of two tenants, with an event of each of some days.
type kept struct {
	*testing.T
	store   *repository.Store
	archive *archive.Archive
	ids     identifier.Events
}

func newTrail(t *testing.T) *kept {
	t.Helper()
	store, err := repository.Open(t.Context(), dbtest.SQLite(t), repository.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	for _, id := range []string{"acme", "globex"} {
		tenant := domain.Tenant{ID: id, Edition: domain.EditionServer, Audiences: []string{"host"}, Policy: domain.DefaultPolicy(), CreatedAt: now}
		if err := store.Commit(t.Context(), []domain.Change{{TenantID: id, Tenant: &tenant}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	return &kept{T: t, store: store, archive: archive.New(store.Feed(), store, there(now), stopped(now))}
}

// write commits events of so many days ago, each of the user whom that names.
func (k *kept) write(tenant string, days ...int) {
	k.Helper()
	for _, n := range days {
		event := domain.Event{
			TenantID: tenant, ID: k.ids.Next(daysAgo(n)), At: daysAgo(n), Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess,
			UserID: fmt.Sprint(tenant, n), Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1"},
		}
		if err := k.store.Commit(k.Context(), []domain.Change{{TenantID: tenant, Events: []domain.Event{event}}})[0]; err != nil {
			k.Fatal(err)
		}
	}
}

func (k *kept) exported(in archive.ExportInput) string {
	k.Helper()
	var users []string
	err := k.archive.Export(k.Context(), in, func(events []domain.Event) error { users = append(users, usersOf(events)...); return nil })
	if err != nil {
		return err.Error()
	}
	return strings.Join(users, " ")
}

func usersOf(events []domain.Event) (users []string) {
	for _, e := range events {
		users = append(users, e.UserID)
	}
	return users
}

func TestAnExportHasTheEventsOfATenantByTheirTime(t *testing.T) {
	t.Parallel()
	k := newTrail(t)
	k.write("acme", 9, 5, 7, 1)
	k.write("globex", 8, 3)
	for name, test := range map[string]struct {
		in   archive.ExportInput
		want string
	}{
		"all":                        {archive.ExportInput{}, "acme9 acme7 acme5 acme1 globex8 globex3"},
		"one tenant":                 {archive.ExportInput{TenantID: "globex"}, "globex8 globex3"},
		"since":                      {archive.ExportInput{Since: daysAgo(5)}, "acme5 acme1 globex3"},
		"until":                      {archive.ExportInput{Until: daysAgo(5)}, "acme9 acme7 globex8"},
		"within":                     {archive.ExportInput{Since: daysAgo(7), Until: daysAgo(1)}, "acme7 acme5 globex3"},
		"nothing":                    {archive.ExportInput{Since: daysAgo(2), Until: daysAgo(1)}, ""},
		"a tenant there is not":      {archive.ExportInput{TenantID: "nobody"}, domain.ErrNotFound.Error()},
		"an end before the begin":    {archive.ExportInput{Since: daysAgo(1), Until: daysAgo(2)}, "invalid_request: There is nothing between these times; name an end that is later than the beginning."},
		"an end that is not settled": {archive.ExportInput{Until: now.Add(-59 * time.Second)}, "invalid_request: Events of before that end may be committed yet; name an end that is a minute ago, or none."},
	} {
		if got := k.exported(test.in); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAnExportOfManyEventsHasEachOnce(t *testing.T) {
	t.Parallel()
	k := newTrail(t)
	var events []domain.Event
	for n := range 2500 {
		events = append(events, domain.Event{
			TenantID: "acme", ID: k.ids.Next(daysAgo(1)), At: daysAgo(1), Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess,
			UserID: fmt.Sprint(n), Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt_1"},
		})
	}
	for some := range slices.Chunk(events, 500) {
		if err := k.store.Commit(t.Context(), []domain.Change{{TenantID: "acme", Events: some}})[0]; err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Fields(k.exported(archive.ExportInput{})); !slices.Equal(got, usersOf(events)) {
		t.Errorf("%d events, from %s to %s", len(got), got[0], got[len(got)-1])
	}
}

// What an export and a prune of the same time have is all there is, and nothing is in both.
func TestAnExportUntilATimeIsWhatPruningBeforeItDeletes(t *testing.T) {
	t.Parallel()
	k := newTrail(t)
	k.write("acme", 9, 8, 5, 4)
	k.write("globex", 7, 5, 3)
	until := k.exported(archive.ExportInput{Until: daysAgo(5)})
	since := k.exported(archive.ExportInput{Since: daysAgo(5)})
	if until != "acme9 acme8 globex7" || since != "acme5 acme4 globex5 globex3" {
		t.Errorf("until %q, since %q", until, since)
	}
	var told []int
	k2 := newTrail(t)
	k2.write("acme", 19, 18)
	k2.write("globex", 17)
	k2.write("acme", 15, 14)
	pruned, err := k2.archive.Prune(t.Context(), daysAgo(15), 0, func(n int) { told = append(told, n) })
	if err != nil || pruned.Events != 3 || !pruned.Before.Equal(daysAgo(15)) || !slices.Equal(told, []int{3}) {
		t.Errorf("pruned %v, told %v: %v", pruned, told, err)
	}
	if got := k2.exported(archive.ExportInput{}); got != "acme15 acme14" {
		t.Errorf("left: %s", got)
	}
}

func TestNothingIsPrunedThatTheRetentionKeeps(t *testing.T) {
	t.Parallel()
	k := newTrail(t)
	k.write("acme", 9, 8, 1)
	for name, test := range map[string]struct {
		before time.Time
		keep   time.Duration
		want   string
	}{
		"younger than the retention": {daysAgo(9).Add(time.Second), 9 * 24 * time.Hour, "Nothing was pruned; name a time before 2026-02-20T00:00:00Z"},
		"no time and no retention":   {time.Time{}, 0, "Say what to delete"},
		"younger than a week":        {daysAgo(7).Add(time.Second), 0, "for 7d at least. Nothing was pruned; name a time before 2026-02-22T00:00:00Z"},
	} {
		if pruned, err := k.archive.Prune(t.Context(), test.before, test.keep, nil); err == nil || pruned.Events > 0 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, pruned, err)
		}
	}
	if got := k.exported(archive.ExportInput{}); got != "acme9 acme8 acme1" {
		t.Errorf("left: %s", got)
	}
	if before, err := k.archive.PrunedBefore(t.Context()); err != nil || !before.IsZero() {
		t.Errorf("pruned before %v: %v", before, err)
	}
	if pruned, err := k.archive.Prune(t.Context(), daysAgo(7), 7*24*time.Hour, nil); err != nil || pruned.Events != 2 {
		t.Errorf("just as old as the retention: %v, %v", pruned, err)
	}
	if before, err := k.archive.PrunedBefore(t.Context()); err != nil || !before.Equal(daysAgo(7)) {
		t.Errorf("pruned before %v: %v", before, err)
	}
}

// Of two clocks one may be wrong: that of the process, or that of the database.
func TestAClockThatIsAheadPrunesNothingEarly(t *testing.T) {
	t.Parallel()
	ahead := now.AddDate(1, 0, 0)
	for name, clocks := range map[string]struct {
		there there
		here  stopped
	}{"this one": {there(now), stopped(ahead)}, "the database's": {there(ahead), stopped(now)}} {
		k := newTrail(t)
		k.write("acme", 9, 1, 0)
		a := archive.New(k.store.Feed(), k.store, clocks.there, clocks.here)
		if _, err := a.Prune(t.Context(), now.Add(time.Hour), 0, nil); !errors.Is(err, domain.ErrInvalidRequest) {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for strings.Contains(k.exported(archive.ExportInput{}), "acme9") {
			}
			cancel()
		}()
		a.Run(ctx, 7*24*time.Hour, time.Hour, slog.New(slog.DiscardHandler))
		if got := k.exported(archive.ExportInput{}); got != "acme1 acme0" {
			t.Errorf("%s: left %q", name, got)
		}
	}
}

func TestFollowingTellsWhatThereIsAndThenWhatIsCommitted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		in   archive.ExportInput
		want []string
	}{
		"all":        {archive.ExportInput{}, []string{"acme9", "acme5", "globex8", "globex4", "globex3", "acme2"}},
		"since":      {archive.ExportInput{Since: daysAgo(6)}, []string{"acme5", "globex4", "globex3", "acme2"}},
		"one tenant": {archive.ExportInput{TenantID: "globex"}, []string{"globex8", "globex4", "globex3"}},
	} {
		k := newTrail(t)
		k.write("acme", 9, 5)
		k.write("globex", 8, 4)
		ctx, cancel := context.WithCancel(t.Context())
		var told []string
		err := k.archive.Follow(ctx, test.in, func(events []domain.Event) error {
			if told = append(told, usersOf(events)...); slices.Contains(told, "globex3") {
				k.write("acme", 2)
			} else {
				k.write("globex", 3)
			}
			if len(told) >= len(test.want) {
				cancel()
			}
			return nil
		})
		if err != nil || !slices.Equal(told, test.want) {
			t.Errorf("%s: told %v, want %v: %v", name, told, test.want, err)
		}
	}
}

// The clocks of two machines always differ a little.
func TestTheRetentionIsKeptToByTheClockThatIsBehind(t *testing.T) {
	t.Parallel()
	behind := now.Add(-time.Second)
	for name, clocks := range map[string]struct {
		there there
		here  stopped
	}{"this one": {there(now), stopped(behind)}, "the database's": {there(behind), stopped(now)}} {
		k := newTrail(t)
		k.write("acme", 9, 1)
		a := archive.New(k.store.Feed(), k.store, clocks.there, clocks.here)
		pruned, err := a.Prune(t.Context(), time.Time{}, 8*24*time.Hour, nil)
		if err != nil || pruned.Events != 1 || !pruned.Before.Equal(behind.AddDate(0, 0, -8)) {
			t.Errorf("%s: %v, %v", name, pruned, err)
		}
	}
}

// slow is a trail of which each batch takes a while to be deleted.
type slow struct{ archive.Events }

func (slow) PruneEvents(_ context.Context, _ time.Time, _ int, each func(int) error) error {
	for _, takes := range []time.Duration{time.Second, 10 * time.Second, time.Second} {
		time.Sleep(takes)
		if err := each(1); err != nil {
			return err
		}
	}
	return nil
}

func TestPruningLeavesTheDatabaseThreeQuartersOfTheTimeToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		_, err := archive.New(slow{}, nil, there(now), stopped(now)).Prune(t.Context(), daysAgo(9), 0, nil)
		if took := time.Since(begun); err != nil || took != 48*time.Second {
			t.Errorf("12 s of work take %v: %v", took, err)
		}
	})
}

// failing is a trail that cannot be pruned until it heals.
type failing struct {
	archive.Events
	mu     sync.Mutex
	err    error
	pruned int // by the next call
}

func (f *failing) PruneEvents(_ context.Context, _ time.Time, _ int, each func(int) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil || f.pruned == 0 {
		return f.err
	}
	n := f.pruned
	f.pruned = 0
	return each(n)
}

func TestARoleThatMayNotPruneIsSaidOnceWithTheRemedy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		events := &failing{err: errors.New("permission denied for table audit_events"), pruned: 500}
		a := archive.New(events, nil, there(now), stopped(now))
		ctx, cancel := context.WithCancel(t.Context())
		go a.Run(ctx, 7*24*time.Hour, time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(10 * time.Hour)
		events.mu.Lock()
		events.err = nil
		events.mu.Unlock()
		time.Sleep(10 * time.Hour)
		cancel()
		synctest.Wait()
		for text, times := range map[string]int{"permission denied": 1, "run countersign audit prune": 1, "are pruned again": 1, "events=500": 1} {
			if got := strings.Count(log.String(), text); got != times {
				t.Errorf("%q is logged %d times:\n%s", text, got, log.String())
			}
		}
	})
}
