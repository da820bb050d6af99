package main

func init() { mutants = append(mutants, events...) }

// events are the guards of the order in which events are told, and of who is told.
var events = []mutant{
	{"feed: what ran at the last look is never told", "repository/feed/postgres.go", "BETWEEN running AND running OFFSET 0", "BETWEEN running AND running AND false OFFSET 0", "./repository", "ThatStalls"},
	{"feed: nobody looks for what has ended", "repository/feed/postgres.go", "WHERE running = (", "WHERE false AND running = (", "./repository", "ThatStalls"},
	{"feed: a transaction is looked for among all events", "repository/feed/postgres.go", "SELECT e.* FROM pg_snapshot_xip(CAST(@snapshot AS pg_snapshot)) AS running\n    CROSS JOIN LATERAL (SELECT tenant_id, event_id FROM audit_events WHERE xact_id BETWEEN running AND running OFFSET 0) AS e\n), ", "SELECT tenant_id, event_id FROM pg_snapshot_xip(CAST(@snapshot AS pg_snapshot)) AS running JOIN audit_events ON xact_id = running\n), ", "./repository/feed", "NumberingReads"},
	{"feed: events are numbered by their ids", "repository/feed/postgres.go", "    SELECT tenant_id, event_id FROM audit_events WHERE xact_id >= pg_snapshot_xmax(CAST(@snapshot AS pg_snapshot))\n    UNION ALL\n    SELECT e.* FROM pg_snapshot_xip(CAST(@snapshot AS pg_snapshot)) AS running\n    CROSS JOIN LATERAL (SELECT tenant_id, event_id FROM audit_events WHERE xact_id BETWEEN running AND running OFFSET 0) AS e\n), numbered", "    SELECT tenant_id, event_id FROM audit_events WHERE xact_id IS NOT NULL AND event_id > COALESCE((SELECT max(event_id) FROM event_sequence), '')\n), numbered", "./repository", "ThatStalls"},
	{"feed: two number at once", "repository/feed/postgres.go", " FOR UPDATE SKIP LOCKED", "", "./repository", "TheFeedKeeps"},
	{"feed: who numbers is waited for", "repository/feed/postgres.go", " FOR UPDATE SKIP LOCKED", " FOR UPDATE NOWAIT", "./repository", "KeepsNobodyWaiting"},
	{"feed: a copy goes unnoticed", "repository/feed/postgres.go", "	case found.Copied:\n", "	case false:\n", "./repository", "ACopyOfTheDatabase"},
	{"feed: a copy is told twice", "repository/feed/postgres.go", "WHERE xact_id IS NOT NULL AND NOT EXISTS (", "WHERE xact_id IS NOT NULL AND EXISTS (SELECT) OR NOT EXISTS (", "./repository", "ACopyOfTheDatabase"},
	{"feed: a tenant is told of others", "repository/feed/postgres.go", "selectPositions + \"tenant_id = @tenant AND \" + pageAfter", "selectPositions + \"'' <> @tenant AND \" + pageAfter", "./repository", "TheFeedKeeps"},
	{"feed: a full page goes on at the end", "service/feed/feed.go", "	if n < limit {\n", "	if true {\n", "./service/feed", "WhoWaits"},
	{"feed: nobody is woken", "service/feed/feed.go", "			close(waiting.news)\n", "", "./service/feed", "WhoWaits"},
	{"feed: a position to come is taken", "service/feed/feed.go", "	if position > last {\n		return", "	if false {\n		return", "./service/feed", "DoesNotWait"},
	{"feed: a cursor of another tenant", "api/event_feed.go", "err != nil || last.Tenant != tenantID {", "err != nil {", "./api", "ACursorOfTheFeed"},
	{"feed: a tenant in a cursor of another list", "api/cursor.go", " && (c.Tenant != \"\") == (c.List == feedOfEvents || c.List == listOfExport)", "", "./api", "ACursorIsOneOfOurs"},
	{"feed: who waits takes a place of calls", "api/edge/concurrency_limit.go", "		if waits(c, known) {\n", "		if false {\n", "./api/edge", "ACallThatWaits"},
	{"events: what does not hold is told", "service/store/observed.go", "errs[i] != nil || len", "len", "./service/store", "OnlyWhatHolds"},
	{"events: a detail that no type has", "service/eventtype/event_type.go", "		if !slices.Contains(known, name) {", "		if false && !slices.Contains(known, name) {", "./service/eventtype", "ADetailThat"},
	{"audit log: a required one that fails refuses nobody", "cmd/countersign/internal/auditlog/log.go", "	if l.failure == nil || l.flush() == nil {", "	if true {", "./cmd/countersign/internal/auditlog", "ARequired"},
	{"audit log: a decision whose line is not written succeeds", "cmd/countersign/internal/auditlog/log.go", "	if err != nil && l.options.Required {", "	if false {", "./cmd/countersign/internal/auditlog", "ARequired"},
	{"audit log: what had no room is lost", "cmd/countersign/internal/auditlog/log.go", "	_, l.failure = l.pending.WriteTo(l.to)\n", "	_, l.failure = l.pending.WriteTo(l.to)\n	l.pending.Reset()\n", "./cmd/countersign/internal/auditlog", "ARequired|AFullDisk"},
}
