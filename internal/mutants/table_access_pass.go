package main

func init() { mutants = append(mutants, accessPasses...) }

// accessPasses are the guards of access passes, and of what users see of the events
// about themselves.
var accessPasses = []mutant{
	{"access pass: it is not spent", "service/proof/access_pass.go", "	d.User.AccessPass = domain.AccessPass{} // it is used", "	given := d.User.AccessPass\n	defer func() { d.User.AccessPass = given }() // it is used", "./service", "AccessPassLogsIn|SucceedsOnce"},
	{"access pass: it has no end", "service/proof/access_pass.go", "	if !pass.Live(d.Now) {", "	if !pass.Given() {", "./service", "EndsWithItsTime"},
	{"access pass: one of a wrong clock is good until then", "service/domain/access_pass.go", " && left <= 2*MaxAccessPassLifetime", "", "./service", "UnderAWrongClock"},
	{"access pass: whatever is sent is right", "service/proof/access_pass.go", "	if subtle.ConstantTimeCompare(pass.MAC[:], mac[:]) == 0 {", "	if subtle.ConstantTimeCompare(pass.MAC[:], mac[:]) > 1 {", "./service", "AnsweredAndCharged|ReplacesTheFirst"},
	{"access pass: it is found as a recovery code is", "service/seal/lookup.go", "return k.lookup(accessPassDomain, tenant", "return k.lookup(lookupDomain, tenant", "./service/seal", "AccessPass"},
	{"access pass: a wrong one charges nothing", "service/proof/way_back.go", "{ return true }", "{ return false }", "./service", "AnsweredAndCharged"},
	{"access pass: a wrong one charges the lane of codes", "service/proof/way_back.go", "return &u.RecoveryLane }", "return &u.CodeLane }", "./service", "AnsweredAndCharged"},
	{"access pass: it outlives the generation", "service/domain/second_factor.go", "s.Generation, s.Browsers, s.AccessPass = next, nil, AccessPass{}", "s.Generation, s.Browsers = next, nil", "./service", "EndsWithTheGeneration"},
	{"access pass: the generation goes on after its use", "service/proof/way_back.go", "	d.EndGeneration(why)\n", "", "./service", "AccessPassLogsIn"},
	{"access pass: the first one stays beside the second", "service/access_pass.go", "	d.User.AccessPass = domain.AccessPass{\n", "	if d.User.AccessPass.Live(d.Now) {\n		return GivenPass{Code: code, ExpiresAt: d.User.AccessPass.ExpiresAt}, nil\n	}\n	d.User.AccessPass = domain.AccessPass{\n", "./service", "ReplacesTheFirst"},
	{"access pass: another one leaves no row of the first", "service/access_pass.go", "		d.AuditAccessPassEnded(\"another one was given\")\n", "", "./service", "ReplacesTheFirst"},
	{"access pass: for oneself", "service/access/manager.go", "	if proof.Actor.ID == target.ID {", "	if proof.Actor.ID == \"\" {", "./service", "ToThemselves"},
	{"access pass: upwards in rank", "service/access/manager.go", "	if !may(proof.Actor, target) {", "	if !may(proof.Actor, proof.Actor) {", "./service", "UpwardsInRank"},
	{"access pass: given by a way back in", "service/access/manager.go", "	if proof.ByRecovery() {", "	if false {", "./service", "AWayBackInGives"},
	{"access pass: a proof by one opens more than an enrollment", "service/access/step_up.go", "claims.Method == string(domain.MethodAccessPass) && op != domain.OpEnroll", "false", "./service", "OpensNothingElse"},
	{"access pass: it outlives what its giver proved", "service/proof/access_pass.go", "giver.Generation != pass.GiverGeneration", "!giver.Active", "./service", "TokensOfWhoGaveIt"},
	{"access pass: its giver is not looked at again", "service/proof/access_pass.go", "		d.Change.Actor = &giver ", "		_ = giver ", "./service", "WhileWhoGaveIt"},
	{"access pass: given by a key without the scope", "service/domain/permission.go", "OpGiveAccessPass:   {scopesOthers: admin, Others: RoleUserManager},", "OpGiveAccessPass:   {scopesOthers: anyScope, Others: RoleUserManager},", "./api", "NoKeyAlone|TheMatrixOfCallers"},
	{"access pass: for who has no factor", "service/access_pass.go", "	if err := enrolled(d); err != nil {", "	if err := enrolled(d); err != nil && d.Now.IsZero() {", "./service", "OnlyWhoIsEnrolled"},
	{"access pass: a closed lane stays closed", "service/access_pass.go", "	d.User.RecoveryLane.Clear()\n", "", "./service", "LockedOutOfBothLanes"},
	{"access pass: the lane of codes stays closed", "service/proof/way_back.go", "	d.User.CodeLane.Clear()\n", "", "./service", "LockedOutOfBothLanes"},
	{"access pass: it disables", "service/disable.go", "	if in.Proof.AccessPass != \"\" {", "	if false {", "./service", "DisablesNothing"},
	{"access pass: ended upwards in rank", "service/access/manager.go", "	if !domain.CanManage(actor, target) {", "	if !domain.CanManage(actor, actor) {", "./api", "EndsAnAccessPassUpwards"},
	{"access pass: its user is told who gave it", "service/access_pass.go", "	if c.Owns(userID) {\n		pass.GivenBy", "	if false {\n		pass.GivenBy", "./api", "NotWhoGaveIt"},
	{"own events: those of another", "service/audit.go", "domain.OpListEvents, f.UserID)", "domain.OpListEvents, c.OwnUserID())", "./api", "OfTheTicketAlone"},
	{"own events: all of them", "service/domain/event_own.go", "	if !toldToUser[e.Action] {", "	if told, decided := toldToUser[e.Action]; !told && !decided {", "./api", "RefusalsOfOthers|AndNotByWhom"},
	{"own events: from where others acted", "service/domain/event_own.go", "	switch e.Actor.UserID {\n	case e.UserID:\n		own.Actor", "	switch e.UserID {\n	case e.UserID:\n		own.Actor", "./api", "AndNotByWhom"},
	{"own events: a manager through the host's key is the host", "service/domain/event_own.go", "		own.Actor.Type = ActorTicket\n", "", "./api", "AndNotByWhom"},
	{"own events: why a code was wrong", "service/domain/event_own.go", "\"method\", \"lane\"", "\"why\", \"method\", \"lane\"", "./api", "AndNotByWhom"},
	{"own events: those of who had the id before", "service/audit.go", "		f.From = created\n", "		_ = created\n", "./api", "NoEventsOfBefore"},
	{"own events: a page skips what is left out", "service/audit.go", "			f.Before = found.Events[n-1].ID\n", "			return page, nil\n", "./api", "EndsAfterMany"},
	{"own events: a cursor names one that is not told", "service/audit.go", "			if page.Events = append(page.Events, own); len(page.Events) == wanted {\n				return page, nil\n			}\n		}\n		switch", "			page.Events = append(page.Events, own)\n		}\n		if n := len(found.Events); n > 0 {\n			page.Before = found.Events[n-1].ID\n			return page, nil\n		}\n		switch", "./api", "NoCursorOfOnes"},
}
