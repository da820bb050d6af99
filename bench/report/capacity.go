package report

import "fmt"

// Capacity is what a run says of the size of an installation: how much a core carries, and how much a user takes
// on disk. It is empty when the run did not measure verifications on PostgreSQL.
func Capacity(r Result) string {
	lines := Summary(r.Cells)
	busiest, found := busiest(lines)
	if !found {
		return ""
	}
	t := newTable("", "")
	perCore := func(us float64) string { return number(1e6 / us) }
	t.row("a verification takes of PostgreSQL's processors, us", number(busiest.CPUPostgres.Median))
	t.row("of a replica's, us", number(busiest.CPUServer.Median))
	t.row("verifications per second for each core of PostgreSQL", perCore(busiest.CPUPostgres.Median))
	t.row("for each core of replicas", perCore(busiest.CPUServer.Median))
	t.row("cores of replicas to each core of PostgreSQL", number(busiest.CPUServer.Median/busiest.CPUPostgres.Median))
	t.row("a conditional UPDATE of pgbench takes of PostgreSQL's processors, us", number(baselineOf(lines, busiest).CPUPostgres.Median))
	for _, s := range r.Datasets {
		if s.Engine == busiest.Engine && s.Enrolled == busiest.Users {
			bytes := float64(s.Bytes[""]) / float64(s.Enrolled+s.Others)
			t.row("disk for each user, bytes", number(bytes))
			t.row("disk for a million users, GB", number(bytes*1e6/(1<<30)))
		}
	}
	return fmt.Sprintf("From the run of %s, %s, %d connections:\n\n%s", r.Began.Format("2006-01-02"), onWhat(busiest.Key),
		busiest.Concurrency, t.text.String())
}

// busiest is the verification of users not yet known, in the largest tenant, at the most connections.
func busiest(lines []Line) (found Line, ok bool) {
	for _, l := range lines {
		if l.Measure != "verify" || l.Engine != "postgresql" || l.CPUPostgres.Median == 0 {
			continue
		}
		if !ok || l.Users > found.Users || l.Users == found.Users && l.Concurrency > found.Concurrency {
			found, ok = l, true
		}
	}
	return found, ok
}

func baselineOf(lines []Line, at Line) Line {
	for _, l := range lines {
		if l.Measure == baseline && l.Concurrency == at.Concurrency {
			return l
		}
	}
	return Line{}
}
