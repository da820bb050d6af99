package main

func init() { mutants = append(mutants, webhooks...) }

// webhooks are the guards of what is told outside, when, and where to.
var webhooks = []mutant{
	{"webhook: an address is believed before it is looked up", "api/outbound/client.go", "if err != nil || !targets.Permits(to.Addr()) {", "if err != nil && !targets.Permits(to.Addr()) {", "./api/outbound", "NoPrivateAddress"},
	{"webhook: every host is trusted", "api/outbound/client.go", "err != nil || !targets.Trusts(host)", "err != nil && !targets.Trusts(host)", "./api/outbound", "NoPrivateAddress"},
	{"webhook: a redirection is followed", "api/outbound/client.go", "return http.ErrUseLastResponse", "return nil", "./api/outbound", "JudgedByItsStatus"},
	{"webhook: a proxy of the environment connects", "api/outbound/client.go", "Proxy:                  nil,", "Proxy:                  http.ProxyFromEnvironment,", "./api/outbound", "NoProxy"},
	{"webhook: a body is read for ever", "api/outbound/client.go", "	defer time.AfterFunc(bodyTimeout, cancel).Stop()\n	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody))", "	_ = bodyTimeout\n	_, _ = io.Copy(io.Discard, response.Body)", "./api/outbound", "JudgedByItsStatus"},
	{"webhook: NAT64 hides an address", "service/webhook/target/target.go", "	if nat64.Contains(addr) {\n		bytes := addr.As16()\n		addr = netip.AddrFrom4([4]byte(bytes[12:]))\n	}\n", "", "./service/webhook/target", "OnlyPublic"},
	{"webhook: a mapped address is another", "service/webhook/target/target.go", "	addr = addr.Unmap().WithZone(\"\")\n", "", "./service/webhook/target", "OnlyPublic"},
	{"webhook: http leads anywhere", "service/webhook/target/target.go", "	case u.Scheme == \"http\" && (err != nil || !l.lists(addr.Unmap())):\n		return errScheme\n", "", "./service/webhook/target", "CanNeverBeSentTo"},
	{"webhook: a URL has a password", "service/webhook/target/target.go", "	case u.User != nil:\n		return errCredentials\n", "", "./service/webhook/target", "CanNeverBeSentTo"},
	{"webhook: a number is a name", "service/webhook/target/target.go", "(endsInNumber(host) || net.ParseIP(host) != nil)", "net.ParseIP(host) != nil", "./service/webhook/target", "CanNeverBeSentTo"},
	{"webhook: the old secret signs for ever", "service/webhook/secret.go", "s.previous != nil && at.Before(s.previousUntil)", "s.previous != nil", "./service/webhook", "ForADay"},
	{"webhook: the time of a try is not signed", "service/webhook/secret.go", `[]byte(id + "." + timestamp + ".")`, `[]byte(id + "..")`, "./service/webhook", "StandardWebhooks"},
	{"webhook: a payload has the address", "service/webhook/payload.go", "data{e.ID, e.TenantID, e.UserID, e.Outcome, e.FactorID}", "data{e.ID, e.TenantID, e.UserID + e.Address, e.Outcome, e.FactorID}", "./service/webhook", "PayloadIsThin"},
	{"webhook: retries never end", "service/webhook/schedule.go", "tries < 1 || tries >= MaxTries", "tries < 1", "./service/webhook", "RetryAfter"},
	{"webhook: a receiver puts off its events", "service/webhook/schedule.go", "min(retryAfter, longestRetryAfter)", "retryAfter", "./service/webhook", "RetryAfter"},
	{"webhook: one that hangs holds up the next", "service/webhook/worker.go", "	slow := time.NewTimer(slowAfter)", "	slow := time.NewTimer(time.Hour)", "./service/webhook", "DelaysNoLaterOne"},
	{"webhook: gone is a failure like any other", "service/webhook/settle.go", "a.Status == gone", "a.Status == gone+1", "./service/webhook", "GonePauses"},
	{"webhook: what follows a pause is sent all the same", "service/webhook/worker.go", "	if ctx.Err() != nil { // of two that are ready select takes either\n		return ctx.Err()\n	}\n", "", "./service/webhook", "GonePauses"},
	{"webhook: a try that was cut off is a failure", "service/webhook/settle.go", "	if a.Failure == FailureAborted {\n		return errAborted\n	}\n", "", "./service/webhook", "CutsOff"},
	{"webhook: who ends keeps the lease", "service/webhook/sender.go", "		return t.Store.Release(ctx, t.holder)", "		return t.Store.Release(ctx, t.holder+\"x\")", "./service/webhook", "EndsWell"},
	{"webhook: two send at once", "repository/hook/lease.go", " + @lasting WHERE holder = @holder OR held_until < ", " + @lasting WHERE holder = @holder OR held_until <> 0 OR held_until < ", "./repository", "TestWebhooksKeepTheirContract"},
	{"webhook: a position is set whatever it was", "repository/hook/settle.go", `"UPDATE webhooks SET position = @to WHERE " + byKey + " AND position = @from"`, `"UPDATE webhooks SET position = @to WHERE " + byKey`, "./repository", "TestWebhooksKeepTheirContract"},
	{"webhook: a dead one is never paused", "repository/hook/settle.go", `" AND failing_since <= @long"`, `" AND failing_since < failing_since AND @long = @long"`, "./repository", "TestWebhooksKeepTheirContract"},
	{"webhook: a failing one fills the database", "service/webhook/worker.go", "for w.room <= 0 {", "for w.room <= 0 && w.mostKept < 0 {", "./service/webhook", "NewEventsWait"},
	{"webhook: what was given up is kept for ever", "service/webhook/settle.go", "if outcome == outcomeGivenUp {", "if outcome == outcomeDelivered {", "./service/webhook", "OfWhatWasGivenUp"},
	{"webhook: what waits is counted to its end", "repository/hook/delivery.go", " AND next_at IS NULL LIMIT @most) AS g)", " AND next_at IS NULL) AS g)", "./repository", "TestWebhooksKeepTheirContract"},
	{"webhook: one statement changes all deliveries", "repository/hook/batch.go", `+ " LIMIT @batch)"`, `+ " LIMIT 10 * @batch)"`, "./repository", "DoesItInBatches"},
	{"webhook: a replay forgets more than it tells", "repository/hook/change.go", "		if len(rest) > 0 {\n			given[\"to\"] = rest[0]\n		}\n", "", "./repository", "DoesItInBatches"},
	{"webhook: a look that fails is not logged", "service/webhook/sender.go", "		if ctx.Err() == nil {\n			t.looking.Note(err)\n		}\n", "", "./service/webhook", "EachFailureOfTheStore"},
	{"webhook: what is due fails in silence", "service/webhook/worker.go", "	w.noteOutage(ctx, w.outages.repeating, err)\n", "", "./service/webhook", "EachFailureOfTheStore"},
	{"webhook: what cannot be stored fails in silence", "service/webhook/settle.go", "			w.noteOutage(ctx, w.outages.settling, err)\n", "", "./service/webhook", "EachFailureOfTheStore"},
	{"webhook: an outage is logged again and again", "service/outage/outage.go", "err != nil && !l.failing", "err != nil", "./service/outage", "AnOutageIsLogged"},
}
