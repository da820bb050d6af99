package main

func init() { mutants = append(mutants, archive...) }

// archive are the guards of what is exported and pruned of the trail.
var archive = []mutant{
	{"prune: an event that committed late leaves a gap", "repository/feed/prune_postgres.go", "SELECT min(position) FROM oldest WHERE event_id >= @before", "SELECT max(position) + 1 FROM oldest WHERE event_id < @before", "./repository", "CommittedLate"},
	{"prune: an event that committed late leaves a gap on SQLite", "repository/feed/prune_sqlite.go", "SELECT min(position) FROM oldest WHERE event_id >= @before", "SELECT max(position) + 1 FROM oldest WHERE event_id < @before", "./repository", "CommittedLate"},
	{"prune: on SQLite the newest goes too", "repository/feed/prune_sqlite.go", "(SELECT max(position) FROM audit_events))`", "9223372036854775807)`", "./repository", "PositionsThatGoOn"},
	{"prune: the feed is not told", "repository/feed/prune_postgres.go", "SET position = COALESCE((SELECT max(position) FROM gone), position)", "SET position = position", "./repository", "TheFeedGoesOn"},
	{"prune: positions stay", "repository/feed/prune_postgres.go", "DELETE FROM event_sequence AS s USING gone WHERE s.position = gone.position", "DELETE FROM event_sequence AS s USING gone WHERE s.position = gone.position AND false", "./repository", "PositionsThatGoOn"},
	{"prune: what has no position stays", "repository/feed/prune_postgres.go", "AND a.event_id < @before AND a.xact_id IS NULL", "AND a.event_id < @before AND a.xact_id IS NOT NULL", "./repository", "BeforeThereWerePositions"},
	{"prune: one that was interrupted goes on by itself", "repository/feed/prune.go", "		if err := each(pruned); err != nil {\n			return err\n		}", "		_ = each(pruned)", "./repository", "Interrupted"},
	{"prune: the retention binds no command", "service/archive/archive.go", "max(keep, LeastRetention)", "LeastRetention", "./service/archive", "TheRetentionKeeps"},
	{"prune: what is younger than a week", "service/archive/archive.go", "max(keep, LeastRetention)", "keep", "./service/archive", "TheRetentionKeeps"},
	{"prune: nothing that was said is all but a week", "service/archive/archive.go", "if before.IsZero() && keep == 0 {", "if before.IsZero() && keep < 0 {", "./service/archive", "TheRetentionKeeps"},
	{"audit export: what is pruned meanwhile is missing in silence", "cmd/countersign/internal/auditcmd/export.go", "	if err == nil && !c.Follow {", "	if false {", "./cmd/countersign/internal/auditcmd", "Meanwhile"},
	{"prune: a clock that is ahead", "service/archive/archive.go", "err == nil && here.Before(there)", "err == nil && here.After(there)", "./service/archive", "AClockThatIsAhead"},
	{"prune: a copy's events have no positions", "repository/feed/postgres.go", "UPDATE audit_events SET xact_id = '0' WHERE xact_id > '0'", "UPDATE audit_events SET xact_id = NULL WHERE xact_id IS NOT NULL", "./repository", "PruningACopy"},
	{"position: what committed late is missed", "repository/feed/position.go", "since.Add(-committedWithin)", "since", "./repository", "ThePositionOfATime"},
	{"position: what is over is told again", "repository/feed/position.go", "EventFilter{From: since})", "EventFilter{From: since.Add(-time.Hour)})", "./repository", "ThePositionOfATime"},
	{"position: what is further on is told again", "repository/feed/position.go", "before < last; before += searched {", "before < last; last = before {", "./repository", "ThePositionOfATime"},
	{"prune: all of the time", "service/archive/archive.go", "othersTime = 3", "othersTime = 1", "./service/archive", "ThreeQuartersOfTheTime"},
	{"prune: nobody knows of before when", "repository/feed/prune_postgres.go", "THEN GREATEST(before_event, @before)", "THEN before_event", "./repository", "TheFeedGoesOn"},
	{"prune: what is older was pruned last", "repository/feed/prune_sqlite.go", "before_event = max(before_event, @before)", "before_event = @before", "./repository", "PositionsThatGoOn"},
	{"export: the end is in it", "service/archive/export.go", "before = identifier.FirstEvent(in.Until)", "before = identifier.FirstEvent(in.Until.Add(time.Millisecond))", "./service/archive", "ByTheirTime"},
	{"export: an end that is not settled", "service/archive/export.go", "in.Until.After(now.Add(-settled))", "in.Until.After(now)", "./service/archive", "ByTheirTime"},
	{"export: one page", "service/archive/export.go", "		if len(events) < page {", "		if len(events) <= page {", "./service/archive", "ManyEvents"},
	{"export: following tells what was before", "service/archive/export.go", "!e.At.Before(in.Since)", "!e.At.Before(in.Until)", "./service/archive", "FollowingTells"},
	{"audit export: a file is written over", "cmd/countersign/internal/auditcmd/export.go", "os.O_WRONLY|os.O_CREATE|os.O_EXCL", "os.O_WRONLY|os.O_CREATE|os.O_TRUNC", "./cmd/countersign", "TestCommandLine/audit"},
	{"feed: what was pruned is passed over", "service/feed/feed.go", "err == nil && position < pruned", "err == nil && position < 0 && position < pruned", "./api", "ACursorOfBefore"},
	{"feed: the beginning is refused", "service/feed/feed.go", "	if position == Oldest {\n		return nil\n	}\n", "", "./api", "ACursorOfBefore"},
}
