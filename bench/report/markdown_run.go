package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ran says what was measured, when and on what.
func ran(r Result) string {
	var t strings.Builder
	m, s := r.Machine, r.Settings
	fmt.Fprintf(&t, "Measured on %s in %s minutes: %d rounds, %s s for each cell",
		r.Began.Format("2006-01-02"), number(r.Took/60), s.Rounds, number(s.Duration))
	if s.Only != "" {
		fmt.Fprintf(&t, ", a slice (`ONLY=%s`)", s.Only)
	}
	fmt.Fprintf(&t, ".\n\n- %s, %d cores, %s GB of memory, kernel %s, %s. Load average before the run: %s.\n",
		m.CPU, m.Cores, number(float64(m.Memory)/(1<<30)), m.Kernel, m.System, m.Load)
	fmt.Fprintf(&t, "- Writing 8 kB and syncing them takes the disk %s us (median).\n", number(m.SyncTime))
	fmt.Fprintf(&t, "- %s; PostgreSQL %s: %s.\n", version(r.Software), r.Software.PostgreSQL, postgresSettings(r))
	return t.String()
}

func version(s Software) string {
	if s.Commit == "" {
		return s.Version
	}
	changed := ""
	if s.Modified {
		changed = ", changed since"
	}
	return s.Version + " (commit " + s.Commit[:min(12, len(s.Commit))] + changed + ")"
}

func postgresSettings(r Result) string {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(r.PostgreSQL)) {
		if name != "server_version" {
			settings = append(settings, "`"+name+"` "+r.PostgreSQL[name])
		}
	}
	return strings.Join(settings, ", ")
}

func datasets(all []Dataset) string {
	all = slices.SortedFunc(slices.Values(all), func(a, b Dataset) int {
		return cmp.Or(cmp.Compare(a.Engine, b.Engine), cmp.Compare(a.Enrolled, b.Enrolled))
	})
	t := newTable("on", "enrolled", "not enrolled", "database MB", "`users`", "its indexes", "`recovery_code_sets`", "bytes per user", "made in s")
	for _, s := range all {
		if s.Events > 0 {
			continue // most of it is the trail
		}
		total := float64(s.Bytes[""])
		t.row(onWhat(Key{Engine: s.Engine, Users: s.Enrolled}), grouped(int64(s.Enrolled)), grouped(int64(s.Others)),
			megabytes(total), megabytes(float64(s.Bytes["users"])), megabytes(float64(s.Bytes["indexes of users"])),
			megabytes(float64(s.Bytes["recovery_code_sets"])),
			number(total/float64(s.Enrolled+s.Others)), number(s.SeedTime))
	}
	return t.under("Size on disk")
}

func footprint(f *Footprint) string {
	if f == nil {
		return ""
	}
	idle := make([]float64, len(f.IdleBytes))
	for i, bytes := range f.IdleBytes {
		idle[i] = float64(bytes) / (1 << 20)
	}
	t := newTable("", "")
	t.row("from start to ready, ms", ranged(spread(f.ReadyMS)))
	t.row("memory of an idle server, MB", ranged(spread(idle)))
	t.row("binary, MB", megabytes(float64(f.BinaryBytes)))
	return t.under(fmt.Sprintf("One server on an SQLite file of %s users", grouped(int64(f.Users))))
}

// uncountedAnswers tells of answers that did not count; silence would hide them.
func uncountedAnswers(lines []Line) string {
	var t strings.Builder
	for _, l := range lines {
		for _, status := range slices.Sorted(maps.Keys(l.NotCounted)) {
			fmt.Fprintf(&t, "- %s on %s at c=%d%s: %d answers %s.\n",
				named(l.Key), onWhat(l.Key), l.Concurrency, besideWhom(l.Key), l.NotCounted[status], status)
		}
	}
	if t.Len() == 0 {
		return "Every answer was 200; none other would have counted.\n"
	}
	return "Answers that were not counted:\n\n" + t.String()
}
