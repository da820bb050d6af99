package main

func init() { mutants = append(mutants, readiness...) }

// readiness are the guards of being ready, and of starting and ending.
var readiness = []mutant{
	{"readiness: no write is committed", "service/readiness/prober.go", "	if err := p.config.Store.ProbeWrite(ctx); err != nil {", "	if err := error(nil); err != nil {", "./service", "Hangs|SaysWhatIsWrong"},
	{"readiness: the keyset is not compared", "service/readiness/prober.go", "	if err := keys.OpensAll(p.config.Sealer, seen.KeysetKeys); err != nil {", "	if err := keys.OpensAll(p.config.Sealer, nil); err != nil {", "./service", "SaysWhatIsWrong"},
	{"readiness: the schema is not compared", "service/readiness/prober.go", "	if seen.Outdated {", "	if false {", "./service", "SaysWhatIsWrong"},
	{"readiness: the clock is not compared", "service/readiness/prober.go", "r.Clock = clockFinding(p.config.Clock.Compare(ctx, before, seen.Now))", "r.Clock, _ = FindingOK, before", "./service", "SaysWhatIsWrong"},
	{"readiness: a probe is waited for, however long it hangs", "service/readiness/prober.go", "timeout := time.NewTimer(probeTimeout)", "timeout := time.NewTimer(time.Hour)", "./service", "Hangs"},
	{"readiness: a write that came too late is one in time", "service/readiness/prober.go", "	case <-found: // whatever", "	case r := <-found:\n		p.publish(ctx, r, 0) // whatever", "./service", "Hangs"},
	{"readiness: probes follow each other without a pause", "service/readiness/prober.go", "next.Reset(probeInterval + jitter() - time.Since(began))", "next.Reset(probeInterval/2 + jitter() - time.Since(began)/2)", "./service", "EveryFiveSeconds"},
	{"readiness: replicas that began together probe together", "service/readiness/prober.go", "	return time.Duration(n.Int64())", "	return 0 * time.Duration(n.Int64())", "./service", "NotOnTheBeat"},
	{"readiness: probes of replicas fail each other", "repository/probe/probe.go", "err = pg.Retry(ctx, pg.Conflict, func() error { _, err := conn.ExecContext(ctx, writeSQL); return err })", "_, err = conn.ExecContext(ctx, writeSQL)", "./repository", "ProbesOfReplicas"},
	{"readiness: a database that is waited for is not said to be unreachable", "cmd/countersign/await.go", "		a.attempted(err)\n", "", "./cmd/countersign", "SaidToBeUnreachable"},
	{"metrics: a counter begins with its first event", "api/edge/metrics.go", "	m.zero()\n", "", "./api", "BeginAtZero"},
	{"settings: anything is suggested for a setting that means nothing", "cmd/countersign/internal/environment/environment.go", "3*distance(name, found) > len(name)", "false", "./cmd/countersign/internal/environment", "OnlyWhereOneIsLikeIt"},
	{"settings: one that contains the word is not preferred", "cmd/countersign/internal/environment/environment.go", "	if len(containing) > 0 {", "	if false {", "./cmd/countersign/internal/environment", "OnlyWhereOneIsLikeIt"},
	{"readiness: the log has a line for each probe", "service/readiness/prober.go", "former.found() != r.found()", "former != nil", "./service", "SaysItOnce"},
	{"readiness: a probe makes ready what drains", "service/readiness/prober.go", "p.drained || ctx.Err() != nil", "ctx.Err() != nil", "./service", "Drains"},
	{"readiness: nothing found out yet is ready", "service/readiness/readiness.go", "		case FindingUnknown, \"\":\n			worst = FindingUnknown", "		case FindingUnknown, \"\":\n			worst = FindingOK", "./api", "AsItWasFound"},
	{"readiness: a cancelled wait for the standby is a commit", "repository/probe/probe.go", "	if err := s.Engine.warned(); err != nil {", "	if err := error(nil); err != nil {", "./repository", "NoStandby|TakesNoWrite"},
	{"readiness: a probe takes a connection of the pool", "repository/open_postgres.go", "db, err := openPostgresHandle(pools.Open(*probeConfig, 1), false, opts)", "db, err := openPostgresHandle(pool, false, opts)", "./repository", "NoConnectionOfThePool"},
	{"readiness: others who write on SQLite starve the probe", "repository/probe/probe.go", "failed == nil && after != before", "failed == nil && after != before && after < 0", "./repository", "Starved"},
	{"readiness: a full disk that a decision met is forgotten", "repository/database.go", "at != nil && time.Since(*at) < diskFullFor", "at != nil && time.Since(*at) < 0", "./repository", "FullDisk"},
	{"disk full: it is an internal error on SQLite", "repository/sqlite/code.go", "code&0xff == fullCode || code", "code", "./repository", "FullDisk"},
	{"disk full: it is nothing special on PostgreSQL", "repository/pg/sqlstate.go", `State(err) == "53100"`, `State(err) == "53101"`, "./repository", "FullDisk"},

	{"keyset: one that lacks a key registers another", "service/keys/keyset.go", "	if err := OpensAll(sealer, known); err != nil {\n		return err\n	}\n	key :=", "	if err := OpensAll(sealer, known); false {\n		return err\n	}\n	key :=", "./service", "ReplacedOneReplica"},
	{"keyset: one that lacks a key is complete", "service/keys/keyset.go", "	return OpensAll(sealer, known)\n", "	_ = known\n	return nil\n", "./service", "ReplacedOneReplica"},
	{"keyset: serve does not register its key", "cmd/countersign/serve.go", "	if err := d.registerKeyset(ctx); err != nil {", "	if err := error(nil); err != nil {", "./e2e", "KeysetLacksAKey"},

	{"start: a database that cannot be reached is not waited for", "cmd/countersign/await.go", "!errors.Is(err, pg.ErrUnreachable) ||", "err == nil || err != nil ||", "./e2e", "ComesLater"},
	{"start: a wrong password is waited for", "repository/pg/connect_error.go", "passing = passing && mayPass(attempt)", "passing = passing && attempt != nil", "./e2e", "NoWaitingMends"},
	{"start: a second process serves an SQLite file", "repository/sqlite/serving.go", "syscall.LOCK_EX|syscall.LOCK_NB", "syscall.LOCK_SH|syscall.LOCK_NB", "./repository", "OneProcessServes"},
	{"start: serve claims no file", "cmd/countersign/open.go", "	if a.serving {", "	if false {", "./e2e", "SecondServe"},
	{"start: a link makes another lock", "repository/sqlite/serving.go", "filepath.EvalSymlinks(path)", "filepath.Clean(path), error(nil)", "./repository", "OneProcessServes"},
	{"database URL: its file is read once", "cmd/countersign/open.go", "CurrentURL: a.config.currentURL(),", "", "./e2e", "Rotated"},
	{"database URL: a wrong file takes the place of a good one", "repository/pg/credentials.go", "	case trouble != \"\":\n", "	case trouble != \"\" && config == nil:\n		c.password = \"\"\n", "./repository", "Rotated"},
	{"database URL: another server gets a part of the connections", "repository/pg/credentials.go", "	if endpointOf(config) != c.at {", "	if false {", "./repository", "Rotated"},
	{"healthcheck: --live asks whether it is ready", "cmd/countersign/healthcheck.go", "	if c.Live {\n		return \"/healthz\"\n	}\n", "", "./cmd/countersign", "Healthcheck"},
	{"healthcheck: it needs the database's settings", "cmd/countersign/cli.go", "err != nil && !helptext.WithoutDatabase(command.Command())", "err != nil", "./cmd/countersign", "TestCommandLine$/help"},
	{"end: SIGHUP kills", "cmd/countersign/main.go", "	signal.Notify(hangups, syscall.SIGHUP)\n", "", "./e2e", "SIGHUP"},
	{"metrics: they are at the API's address too", "api/edge/server.go", "	if !separateMetrics {", "	if true {", "./api", "SeparateMetrics"},
}
