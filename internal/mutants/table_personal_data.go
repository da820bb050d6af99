package main

func init() { mutants = append(mutants, personalData...) }

// personalData are the guards of exports and erasures.
var personalData = []mutant{
	{"erasure: who is active is erased", "service/personaldata/erase.go", "	case user.Active:\n", "	case false:\n", "./service", "WhoIsActiveIsNotErased"},
	{"erasure: each call has a pseudonym of its own", "service/personaldata/erase.go", "		begun := err == nil\n", "		begun := false\n", "./service", "EndsUnderOnePseudonym"},
	{"erasure: who is known by the trail alone is nobody", "service/personaldata/erase.go", "	if err == nil && len(named) == 0 {", "	if err == nil || len(named) == 0 {", "./service", "WhoWasDeletedBefore"},
	{"erasure: nobody at all is erased", "service/personaldata/erase.go", "				if err := s.known(ctx, tenantID, userID); err != nil {", "				if err := s.known(ctx, tenantID, userID); false {", "./service", "WhoWasDeletedBefore"},
	{"erasure: a role that may not begins", "service/personaldata/erase.go", "	if err == nil && !may {\n", "	if err == nil && !may && false {\n", "./service", "AppendOnlyNothingIsErased"},
	{"erasure: others keep who gave them a pass", "service/personaldata/erase.go", "	if next.AccessPass.GivenBy == e.UserID {", "	if false {", "./service", "AnErasedPersonIsNowhere"},
	{"erasure: others keep who exempted them", "service/personaldata/erase.go", "	if next.Exemption.GrantedBy == e.UserID {", "	if false {", "./service", "AnErasedPersonIsNowhere"},
	{"erasure: one look is enough", "service/personaldata/finish.go", "	if may && (last || resumed) {", "	if may && resumed {", "./service", "EventsThatComeLate"},
	{"erasure: what was interrupted stays so", "service/personaldata/finish.go", "	if may && (last || resumed) {", "	if may && (last || resumed && false) {", "./service", "EndsUnderOnePseudonym"},
	{"erasure: the id and the pseudonym are kept together", "service/personaldata/finish.go", "		return s.erasures.Forget(ctx, e)\n", "		return nil\n", "./service", "EventsThatComeLate|AppendOnly"},
	{"erasure: the address stays", "service/personaldata/pseudonym.go", "e.Actor.ID, e.Address = pseudonym, \"\"", "e.Actor.ID = pseudonym", "./service/personaldata", "AnEventWithoutThePerson"},
	{"erasure: the reason stays", "service/personaldata/pseudonym.go", "		e.UserID, e.Reason, e.RequestID = pseudonym, \"\", \"\"\n", "		e.UserID, e.RequestID = pseudonym, \"\"\n", "./service/personaldata", "AnEventWithoutThePerson"},
	{"erasure: a detail that nobody thought of stays", "service/personaldata/pseudonym.go", "		if !involved || keptDetails[name] {", "		if keeps, known := keptDetails[name]; !involved || keeps || !known {", "./service/personaldata", "AnEventWithoutThePerson"},
	{"erasure: the id stays in the details", "service/personaldata/pseudonym.go", "		if kept[name] == userID {", "		if false {", "./service/personaldata", "AnEventWithoutThePerson"},
	{"erasure: an event that changed since is overwritten", "repository/erasure/engine.go", "\" AND e.user_id = v.was_user_id AND e.actor_user_id = v.was_actor_user_id AND e.details = v.was_details\"", "\"\"", "./repository", "ErasuresKeepTheirContract/postgres"},
	{"erasure: an event that changed since is overwritten, on SQLite", "repository/erasure/engine.go", "AND event_id = ? AND user_id = ? AND actor_user_id = ? AND details = ?\"", "AND event_id = ? AND (user_id = ? OR actor_user_id = ? OR details = ? OR true)\"", "./repository", "ErasuresKeepTheirContract/sqlite"},
	{"erasure: a new user of the id loses their events", "repository/erasure/event.go", "			if again && was[i].ID >= e.Before {", "			if again && false {", "./repository", "ErasuresKeepTheirContract"},
	{"erasure: what was done to others is not found", "repository/erasure/engine.go", "AND actor_user_id <> '' AND actor_user_id <> user_id\"", "AND actor_user_id <> '' AND actor_user_id <> user_id AND false\"", "./repository", "ErasuresKeepTheirContract"},
	{"erasure: some of the rights will do", "repository/erasure/engine.go", "bool_and(", "bool_or(", "./repository", "WhetherARoleMay"},
	{"erasure: a batch walks through the trail", "repository/erasure/engine.go", "e.tenant_id = v.tenant_id AND e.event_id", "e.tenant_id = 'busy' AND e.event_id", "./repository", "ABatchOfAnErasure"},
	{"erasure: two begin for one person", "repository/audit.go", "	return affected(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored), domain.ErrConflict)\n", "	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&stored).Error\n", "./repository", "ErasuresKeepTheirContract"},
	{"export: leaves no trace", "service/personaldata/export.go", "	return s.trail.Write(ctx, event)\n", "	return nil\n", "./api", "AnExportTellsAllPages"},
	{"export: what it is of nobody is in the trail", "service/personaldata/export.go", "		if len(named) == 0 {", "		if len(named) == 0 && false {", "./api", "AnotherTenantsIdsAreUnknown"},
	{"command line: an erasure asks nobody", "cmd/countersign/user.go", "	if !c.Yes {\n		return fmt.Errorf(\"nothing was erased", "	if false {\n		return fmt.Errorf(\"nothing was erased", "./cmd/countersign", "CommandLine/user"},
	{"erasure: the address of a service key goes", "service/personaldata/pseudonym.go", "e.Actor.UserID, e.RequestID = pseudonym, \"\"", "e.Actor.UserID, e.RequestID, e.Address = pseudonym, \"\", \"\"", "./service/personaldata", "AnEventWithoutThePerson"},
	{"erasure: a user is called by a pseudonym", "service/directory/user.go", "	if domain.IsPseudonym(userID) {", "	if false && domain.IsPseudonym(userID) {", "./api", "ErasureIsRefused"},
	{"erasure: a pseudonym is erased", "service/personaldata/erase.go", "	if domain.IsPseudonym(userID) {", "	if false && domain.IsPseudonym(userID) {", "./api", "ErasureIsRefused"},
	{"export: a cursor of somebody else", "api/user_export.go", "last.After != \"\" && last.Tenant", "false && last.Tenant", "./api", "AnExportTells"},
}
