package main

// mutants are the guards, each with the tests that hold it.
var mutants = []mutant{
	// The compare-and-set.
	{"compare-and-set: the version is not compared", "repository/user.go",
		`"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"`,
		`"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND (version = ? OR true)"`, "./service", "ExactlyOnce|BothStaySpent"},
	{"compare-and-set: the incarnation is not compared", "repository/user.go",
		`"WHERE tenant_id = ? AND user_id = ? AND incarnation = ? AND version = ?"`,
		`"WHERE tenant_id = ? AND user_id = ? AND (incarnation = ? OR true) AND version = ?"`, "./service", "RecreatedUser"},
	{"commit before the answer: a failure is answered, not stored", "service/spend.go",
		"	if err := s.remember(a, d, ErrCodeInvalid); err != nil {\n		return err\n	}\n	if err := s.send(ctx, d); err != nil {",
		"	if err := s.remember(a, d, ErrCodeInvalid); err != nil {\n		return err\n	}\n	if err := error(nil); err != nil {",
		"./service", "WrongGuesses"},
	{"commit before the answer: a success is answered, not stored", "service/spend.go",
		"	if err := s.remember(a, d, nil); err != nil {\n		return Proven{}, err\n	}\n	if err := s.send(ctx, d); err != nil {",
		"	if err := s.remember(a, d, nil); err != nil {\n		return Proven{}, err\n	}\n	if err := error(nil); err != nil {",
		"./service", "ExactlyOnce"},

	{"compare-and-set: a batch does not compare the version", "repository/together_postgres.go", " AND users.version = next.version - 1", "", "./repository", "KeepsTheContract"},
	{"compare-and-set: a batch does not compare the incarnation", "repository/together_postgres.go", "AND users.incarnation = next.incarnation AND", "AND", "./repository", "KeepsTheContract"},
	{"batch: an answer in the way of one tears the batch apart, on SQLite", "repository/together.go", "answer_key = ? AND expires_at > ?)", "answer_key = ? AND expires_at > ? AND false)", "./repository", "TearsNoBatchApart"},
	{"batch: an answer in the way of one is not looked for, on PostgreSQL", "repository/together_postgres.go", "    WHERE n NOT IN (SELECT n FROM in_the_way)\n", "", "./repository", "KeepsTheContract/answer"},
	{"batch: an answer that expired is in the way, on PostgreSQL", "repository/together_postgres.go", "            AND answers.expires_at > answered.created_at LIMIT 1", "            LIMIT 1", "./repository", "KeepsTheContract/answer"},
	{"batch: an answer is remembered of who did not hold", "repository/together_postgres.go", "FROM answered WHERE n IN (SELECT n FROM changed)", "FROM answered", "./repository", "KeepsTheContract/answer"},
	{"batch: an answer comes without its user", "repository/commit.go", "(c.DeleteUser || c.Answer != nil) && c.User == nil", "c.DeleteUser && c.User == nil", "./repository", "KeepsTheContract/answer"},
	{"headcount: an admin who is switched off counts", "repository/user_list.go", "('admin', 'owner') AND active AND", "('admin', 'owner') AND", "./repository", "KeepsTheContract"},
	{"headcount: folding loses what a tenant had before", "repository/sweep.go", "DELETE FROM headcounts WHERE tenant_id IN (SELECT tenant_id FROM headcounts WHERE NOT folded)\n    RETURNING tenant_id, affected", "DELETE FROM headcounts WHERE tenant_id IN (SELECT tenant_id FROM headcounts WHERE NOT folded)\n    RETURNING tenant_id, 1 AS affected", "./repository", "KeepsTheContract"},

	{"commit: an answer that was lost is a refusal", "repository/transaction.go", "return s.commitMeaning(fn(", "return s.meaning(fn(", "./repository", "BreakOfTheConnection"},
	{"commit: a statement ends with its caller", "repository/transaction.go", "ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)", "ctx, cancel := context.WithTimeout(ctx, commitTimeout)", "./repository", "WhoLeaves"},

	{"idempotency: a call is judged before its answer is looked for", "service/spend.go", "		if seen.answer == nil {\n", "		if true {\n", "./service", "LookedFor"},
	{"idempotency: an answer that was read with others outlives its time", "service/reader.go", "ok && answer.ExpiresAt.After(a.now)", "ok", "./service", "EachForItsOwnTime"},
	{"tenants: of answers read by their keys, one is of another tenant", "repository/open_postgres.go", "tenant_id = t AND answer_key = k LIMIT 1", "answer_key = k LIMIT 1", "./repository", "KeepsTheContract"},
	{"idempotency: what was found for another version is taken for true", "service/answer.go", "(l.answer != nil || l.version == u.Version)", "(l.answer != nil || l.version > 0)", "./service", "AnotherVersion"},
	{"snapshot: a stale one refuses", "service/spend.go", "if err == nil || d.sent {", "if err == nil || d != nil {", "./service", "StaleSnapshot"},
	{"snapshot: it outlives a failed compare-and-set", "service/snapshot.go", "if !later || !errors.Is(err, ErrConflict) {", "if !later && errors.Is(err, nil) {", "./service", "StaleSnapshot"},
	{"snapshot: a read that others share is of somebody else", "service/reader.go", "keys[i] = m.load.key", "keys[i] = batch[0].load.key; _ = m", "./service", "SharesTheNextRead"},
	{"snapshot: a read that was forgotten meanwhile serves who asks later", "service/recent.go", "	delete(r.reads, key)\n}", "	_ = key\n}", "./service", "BeforeAValueWasForgotten"},
	{"tenants: of those read by their keys, one is of another tenant", "repository/open_postgres.go", "tenant_id = t AND user_id = id LIMIT 1", "user_id = id LIMIT 1", "./repository", "KeepsTheContract"},
	{"convoy: what takes long keeps others waiting", "service/convoy.go", "	return c.patience - time.Since(", "	return time.Hour + c.patience - time.Since(", "./service", "TakesLong|LockedRow"},
	{"convoy: whoever waits for what takes long depends on others to come", "service/convoy.go", "	c.late.Reset(left)\n", "	_ = left\n", "./service", "TakesLong"},
	{"convoy: as many are out as there are callers", "service/convoy.go", "if len(c.queue) == 0 || len(c.out) >= c.ways {", "if len(c.queue) == 0 || c.ways == 0 {", "./service", "TakesLong"},
	{"commit: two decisions on one user are out", "service/committer.go", "				taken[m.load.change.User.key()] = true", "				_ = taken", "./service", "OneDecisionIsOut"},
	{"snapshot: a read that failed tells that nobody is there", "service/reader.go", "cmp.Or(err, error(ErrNotFound))", "cmp.Or(error(ErrNotFound), err)", "./service", "AReadThatFails"},
	{"commit: a change that was overtaken in the queue is a success", "service/committer.go", "	p.err = ErrConflict\n", "", "./service", "Overtaken|JustReplaced"},
	{"commit: another incarnation's change is taken for overtaken", "service/committer.go", "by.Incarnation != p.change.User.Incarnation || ", "", "./service", "JustReplaced"},

	// Codes.
	{"replay: a spent step is accepted again", "service/proof.go", "case step <= f.LastStep:", "case step < f.LastStep:",
		"./service", "Replay|ExactlyOnce"},
	{"replay: the code that confirmed logs in", "service/proof.go", "	f.LastStep = last\n", "", "./service", "CodesThatConfirmed"},
	{"resync: spent codes are accepted", "service/proof.go", "case first <= f.LastStep:", "case first < 0:", "./service", "Resync"},
	{"window: a code two steps old is accepted", "service/totp/step.go", "now-1, now, now+1)\n	if", "now-2, now-1, now, now+1)\n	if", "./service/totp", "Window"},
	{"drift: a success moves it at once", "service/proof.go", "clamp(offset-f.Drift, 1)", "clamp(offset-f.Drift, 20)", "./service", "Drifting"},

	// The budget.
	{"lane: a failure is not counted", "service/lane.go", "	l.Failures++\n", "", "./service", "WrongGuesses"},
	{"lane: the cap is never reached", "service/lane.go", "return l.Failures >= hardCap", "return l.Failures >= 10*hardCap", "./service", "HardCap"},
	{"lane: the wait does not grow", "service/lane.go", "min(firstWait<<doublings, longestWait)", "firstWait", "./service", "Wait"},
	{"lane: recovery codes are charged to the code lane", "service/recovery_code.go", "return &u.RecoveryLane }", "return &u.CodeLane }", "./service", "Lane"},
	{"lane: a confirm clears it", "service/proof.go", "	if !p.confirms {\n", "	if true {\n", "./service", "ConfirmCharges"},
	{"lane: a wait that began in the future lasts", "service/spend.go", "if lane.startsInFuture(d.now.Add(s.maxClockGap)) {", "if false {", "./service", "Future"},

	// Recovery codes.
	{"recovery code: a spent one works again", "service/recovery_code.go", "case !set.Codes[i].SpentAt.IsZero():\n			found.why", "case false:\n			found.why", "./service", "EachRecoveryCode"},
	{"reveal: codes leave without the audit row", "service/recovery_code_care.go", "	event.Reason = in.Reason\n	d.change.Events = append(d.change.Events, event)\n	return codes, s.commit(ctx, d.change)",
		"	event.Reason = in.Reason\n	return codes, s.commit(ctx, d.change)", "./service", "Reveal"},
	{"reveal: a recovery code unlocks the others", "service/recovery_code_care.go", "	if !proof.byCode() {", "	if false {", "./service", "DoesNotUnlock"},
	{"reveal: upwards in rank", "service/permission.go", "target.Role.rank() <= actor.Role.rank()", "target.Role.rank() <= 4", "./service", "DownwardsInRank"},
	{"custody: hash_only keeps ciphertexts", "service/policy.go", "EraseSealedCodes: next.Policy.Custody == CustodyHashOnly &&", "EraseSealedCodes: false &&", "./service", "HashOnly"},

	// Step-up tokens.
	{"step-up: somebody else's code does in its place", "service/disable.go", "in.Proof.given() && c.Ticket != nil && !c.owns(in.UserID):", "false:", "./api", "SomebodyElse"},
	{"step-up: it is not spent", "service/step_up.go", "	change.SpentTokens = append(change.SpentTokens, spentToken(a.claims))\n", "", "./service", "SpendsIt|SpentStepUp"},
	{"step-up: it outlives a change of factors", "service/token.go", " && strings.HasPrefix(claims.ID, tokenIDPrefix(u.Generation))", " && strings.HasPrefix(claims.ID, \"sut_\")", "./service", "Void|Holds"},
	{"step-up: binding a device to an enrolled account needs none", "service/enrollment.go", "	if d.user.Enabled() {\n		if p := d.livePending()", "	if false {\n		if p := d.livePending()", "./service", "FurtherDevice"},
	{"step-up: audience is not checked", "service/stepup/key_set.go", ", jwt.WithAudience(want.Audiences...)", "", "./service/stepup", "."},
	{"step-up: type is not checked", "service/stepup/jws.go", `header["typ"] != f.typ || `, "", "./service/stepup", "."},
	{"step-up: two who act on each other both succeed", "service/step_up.go", "		change.Actor = &a.actor\n", "", "./service", "DisableEachOther"},
	{"step-up: the acting person's row is not held", "repository/user.go", "s.engine.forShare, u.TenantID", `"", u.TenantID`, "./repository", "WhatADecisionRestsOn"},
	{"consume: twice", "repository/token.go", "if result.RowsAffected < int64(len(rows)) {", "if false {", "./service", "Consumed"},
	{"ticket: it outlives the key that issued it", "service/caller.go", "if err == nil && !valid[keyID] {", "if err == nil && valid == nil {", "./service", "RevokedKey"},
	{"keys: a compromised one is still accepted", "service/keys.go", "compromised && k.State != KeyNext:", "false:", "./service", "Compromised"},
	{"ticket: it outlives its user", "service/permission.go", "case user.Incarnation != c.Ticket.Incarnation:", "case false:", "./service", "TicketDies"},
	{"ticket: login enrolls at any time", "service/enrollment.go", "t != nil && t.Purpose == stepup.PurposeLogin &&", "false && t != nil && t.Purpose == stepup.PurposeLogin &&", "./service", "LoginTicket"},

	// Policy.
	{"policy: the last admin can be lost", "service/last_admin.go", "return s.unlessStale(ctx, d.before, ErrLastAdmin)", "_ = ErrLastAdmin", "./service", "LastEnrolled"},
	{"policy: a stale snapshot refuses", "service/last_admin.go", "case latest.Version != snapshot.Version || latest.Incarnation != snapshot.Incarnation:", "case latest.Version < 0:", "./service", "AdminNoLonger"},
	{"policy: mandate and loss pass each other", "service/last_admin.go", "	d.change.Tenant = &tenant\n", "", "./service", "AtOnceLeaveOne|PassEachOther"},
	{"policy: a mandated user disables their own", "service/disable.go", "	if d.tenant.Policy.Mandatory {", "	if false {", "./service", "NobodyDisables"},
	{"policy: the mandate ignores the numbers shown", "service/policy.go", "		seen = preview(t, heads, true).ETag", "		_ = heads", "./service", "NumbersShown"},

	// Repeated calls, clocks, encryption, tenants.
	{"idempotency: another body under the same key", "service/answer.go", "case subtle.ConstantTimeCompare(r.Body, repeat.Body[:]) == 0:", "case subtle.ConstantTimeCompare(r.Body, repeat.Body[:]) == 2:", "./service", "RepeatedCall"},
	{"clock: a wrong one judges codes", "service/spend.go", "	if s.clockUntrusted.Load() {", "	if false {", "./service", "Clock"},
	{"associated data: the user is not bound", "service/seal/binding.go", "	data = appendText(data, b.User)\n", "", "./service/...", "Swapped|Binding|Bound"},
	{"associated data: the purpose is not bound", "service/seal/binding.go", "	data = appendText(data, string(b.Purpose))\n", "", "./service/seal", "."},
	{"idempotency: the answer does not commit with the spend", "service/answer.go", "	d.change.Answer = &Answer{", "	_ = &Answer{", "./service", "Repeated"},
	{"tenant: a user is read without it", "repository/user.go", " FROM users WHERE tenant_id = ? AND user_id = ?\"", " FROM users WHERE ? <> '' AND user_id = ?\"", "./repository", "."},

	// The edge.
	{"edge: a foreign origin calls with a ticket", "api/origin.go", "	if !allowed {\n		return errForeignOrigin", "	if !allowed && from == \"\" {\n		return errForeignOrigin", "./api", "Page"},
	{"edge: anybody's X-Forwarded-For is believed", "api/call.go", "	if s.trusts(peer) {\n", "	if true {\n", "./api", "TrustedProxy|StrictTransport"},
	{"edge: bodies of any size are read", "api/request.go", "http.MaxBytesReader(c.Response().Writer, r.Body, o.bodyLimit)", "r.Body", "./api", "BodiesAreBounded"},
	{"edge: unknown query parameters are ignored", "api/validate.go", "if !o.query[name] && !o.public {", "if false {", "./api", "Malformed|Query|Trace"},

	// The import.
	{"import: who exists is created over", "repository/together_create.go", "outcomes[i] = service.ErrConflict", "outcomes[i] = nil", "./repository", "KeepsTheContract/creation"},
	{"import: the last admin goes with the others", "service/user_import_batch.go", "case d.losesAdmin():", "case false:", "./api", "LastEnrolledAdminUnderAMandate"},
	{"import: a revoked key goes on", "service/user_import.go", "return s.stillValid(ctx, c.TenantID, c.Key.ID)", "return nil", "./api", "RevokedEndsItsImport"},
	{"import: what was being read when the connection broke counts", "api/user_line.go", "if err != nil && !errors.Is(err, io.EOF) {", "if false {", "./api", "IsCutShortIsNone"},
	{"import: two lines about one user share a commit", "service/user_import_batch.go", "		b.users[line.UserID]++\n", "", "./service", "HoldsAUserTwice"},
	{"import: a batch passes an earlier one about the same user", "service/user_import_batch.go", "if slices.ContainsFunc(i.out,", "if false && slices.ContainsFunc(i.out,", "./service", "OfTwoLines"},
	{"import: others who were faster are overlooked", "service/user_import_batch.go", "			again = append(again, draft.line)\n", "			b.outcomes[draft.line] = lineUpdated\n", "./service", "LosesNothingThatChanges|CreateEachUserOnce"},
	{"import: it ends with the time of a request", "api/user_import.go", "callOf(ctx).connected,", "ctx,", "./api", "LongerThanARequest"},
	{"import: any number may run at once", "api/stream.go", "s.all >= mostStreams || s.tenants[tenantID] >= streamsPerTenant", "s.all < 0", "./api", "RunAtOnceAreBounded"},
	{"import: lines that were not decided are called done", "service/user_import.go", "&ImportEnded{Done: i.done,", "&ImportEnded{Done: i.done + importBatch,", "./api", "SaysWhereToGoOn"},

	// What a host embeds.
	{"client: the zero decision is no longer deny", "clients/go/outcome.go", "	Deny Outcome = iota\n", "	Deny Outcome = iota + 1\n", "./clients/go", "ZeroDecision"},
	{"client: a page that says 200 is a success", "clients/go/call.go", `mediaType != "application/json" || `, `mediaType == "none" || `, "./clients/go", "WithAnError"},
	{"client: everything is repeated", "clients/go/call.go", "op.repeatable && ", "", "./clients/go", "SafeToRepeat"},
	{"client: a redirect is followed", "clients/go/client.go", "	own.CheckRedirect = func(", "	_ = func(", "./clients/go", "WithAnError|Refusal"},
	{"verifier: any algorithm will do", "clients/go/stepup/token.go", "	jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),\n", "", "./clients/go/stepup", "Forged|Malformed"},
	{"verifier: any audience will do", "clients/go/stepup/claims.go", "c.Aud == v.audience", "true", "./clients/go/stepup", "Claims"},
	{"verifier: another session's token will do", "clients/go/stepup/expect.go", "c.SessionID == e.SessionID", "true", "./clients/go/stepup", "OneSession"},
	{"verifier: a sandbox's keys are everybody's", "clients/go/stepup/verifier.go", `"/.well-known/jwks-sandbox.json"`, `"/.well-known/jwks.json"`, "./clients/go/stepup", "Sandbox"},
	{"verifier: a key may have another's id", "clients/go/stepup/jwks.go", " || j.Kid != thumbprint(j.X, j.Y)", "", "./clients/go/stepup", "PassedOver"},
	{"verifier: keys are kept for ever", "clients/go/stepup/keys.go", "	if !within(now, k.loaded, KeptFor) {", "	if k.known == nil {", "./clients/go/stepup", "KeptKeys"},
	{"verifier: unknown keys are asked for at any rate", "clients/go/stepup/keys.go", "|| !within(now, k.tried, every)", "|| every > 0", "./clients/go/stepup", "UnknownKey"},
	{"middleware: a spent token is served", "clients/go/stepup/guard.go", "err == nil && g.spender != nil", "false", "./clients/go/stepup", "SpentToken"},
}
