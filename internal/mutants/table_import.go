package main

func init() { mutants = append(mutants, factorImports...) }

// factorImports are the guards of factors that come from other products, and of the way out.
var factorImports = []mutant{
	{"factors: any key imports them", "service/migration/factor_import.go", "	if err := s.access.Authorize(ctx, c, domain.OpImportFactors, \"\"); err != nil {", "	if err := error(nil); err != nil {", "./service", "NeedsItsOwnScope"},
	{"factors: the scope is every key's", "service/domain/permission.go", "{scopes: migration}", "{scopes: anyScope}", "./service", "NeedsItsOwnScope"},
	{"factors: their key never expires", "service/domain/service_key.go", "(in.Lifetime == 0 || in.Lifetime > LongestMigration)", "in.Lifetime > LongestMigration", "./service", "NeedsItsOwnScope"},
	{"factors: their key lives long", "service/domain/service_key.go", "(in.Lifetime == 0 || in.Lifetime > LongestMigration)", "in.Lifetime == 0", "./service", "NeedsItsOwnScope"},
	{"factors: a revoked key goes on", "service/bulk/requester.go", "return a.StillValid(ctx, c.TenantID, c.Key.ID)", "return nil", "./service", "RevokedKey"},
	{"factors: an unknown user", "service/migration/factor_draft.go", "	if !known {", "	if false {", "./service", "OnlyForALocalActiveUser"},
	{"factors: of LDAP users", "service/migration/factor_draft.go", "i.partOf(user)); refused {", "i.partOf(user)); refused && false {", "./service", "OnlyForALocalActiveUser"},
	{"factors: a second one", "service/migration/factor_draft.go", "	case !line.Replace:\n", "	case false:\n", "./service", "OnlyForALocalActiveUser"},
	{"factors: a proven one is replaced", "service/migration/factor_draft.go", "domain.Factor.Proven) && !i.ReplaceProven:", "domain.Factor.Proven) && false:", "./service", "OnlyTheOperator"},
	{"factors: a key says that it may replace", "service/migration/factor_import.go", "	in.ReplaceProven = false\n", "", "./service", "OnlyTheOperator"},
	{"factors: what is replaced stays", "service/migration/factor_draft.go", "		d.User.Drop(f.ID)\n", "", "./service", "ReplaceReaches"},
	{"factors: recovery codes outlive their device", "service/migration/factor_draft.go", "len(replaced) > 0 && d.User.RecoveryCodes.Total > 0", "false", "./service", "OnlyTheOperator"},
	{"factors: the generation goes on", "service/migration/factor_draft.go", "	d.EndGeneration(\"a factor was imported\")\n", "", "./service", "GenerationEndsWithAnImported"},
	{"factors: proven at once", "service/migration/factor_draft.go", "ConfirmedAt: d.Now}", "ConfirmedAt: d.Now, LastUsedAt: d.Now}", "./service", "NotProvenUntil"},
	{"factors: the trail says nothing", "service/migration/factor_draft.go", "	d.Audit(imported(d, f.ID, line))\n", "", "./service", "NotProvenUntil"},
	{"factors: the same again is another", "service/migration/factor_draft.go", "	case has:\n", "	case has && false:\n", "./service", "SameFactorAgain"},
	{"factors: other parameters are the same", "service/migration/factor_draft.go", "a.Digits == b.Digits && ", "", "./service", "SameFactorAgain"},
	{"factors: any length of a secret", "service/migration/factor_line.go", "	case l.Secret.Len() < domain.MinOTPSecret:", "	case false:", "./service", "RefusedWithItsRemedy"},
	{"factors: an id that is none is repeated", "service/migration/factor_line.go", "	if !domain.ValidUserID(l.UserID) {\n		l.UserID = \"\"\n", "	if false {\n", "./api", "RepeatsASecret"},
	{"factors: a refusal tells the secret", "api/factor_import.go", "name+\" must be base32,", "name+text+\" must be base32,", "./api", "RepeatsASecret"},
	{"factors: a period that overflows is another", "api/json_line.go", "	return min(n, math.MaxInt32)\n", "	return min(n, math.MaxInt64)\n", "./api", "FieldByField"},
	{"factors: of two with one name the first has it", "service/migration/person.go", "		case len(found) > 1:", "		case false:", "./service", "FoundByTheNameThatIsChosen"},
	{"factors: names are compared as they are written", "service/migration/person.go", "users[domain.FoldName(line.Person)]", "users[line.Person]", "./service", "FoundByTheNameThatIsChosen"},
	{"factors: one that cannot be opened ends the import", "service/migration/factor_draft.go", "		refusal = errUnreadable.WithCause(err)\n", "", "./service", "RefusesItsLineAlone"},
	{"factors: what another replica opens is refused", "service/migration/factor_draft.go", "err != nil && refusalOf(err) == nil {", "err != nil {", "./service", "LacksAKeyForIsUnavailable"},
	{"factors: a passkey that stays is told as replaced", "service/migration/factor_draft.go", "slices.ContainsFunc(apps(d.Before.ActiveFactors()), ", "slices.ContainsFunc(d.Before.ActiveFactors(), ", "./service", "ReplacesNoPasskey"},
	{"factors: of a record that is none somebody is named", "service/migration/person.go", "Replace: in.Replace,\n	}\n", "Replace: in.Replace, Person: person(r, in.Key),\n	}\n", "./cmd/countersign", "CommandLine$/factors"},
	{"export: the trail is told afterwards", "service/migration/factor_export.go", "	if err := s.trail.Write(ctx, event); err != nil {\n		return 0, err\n	}\n	if in.Begin != nil {", "	defer func() { _ = s.trail.Write(ctx, event) }()\n	if in.Begin != nil {", "./service", "BeforeItsFirstSecret"},
	{"export: one page alone", "service/migration/factor_export.go", "			if len(users) < usersAtOnce {", "			if len(users) <= usersAtOnce {", "./service", "ReadsAllPages"},
	{"export: a file is written over", "cmd/countersign/factors_export.go", "os.O_WRONLY|os.O_CREATE|os.O_EXCL", "os.O_WRONLY|os.O_CREATE|os.O_TRUNC", "./cmd/countersign", "CommandLine$/factors"},
	{"export: anybody may read the file", "cmd/countersign/factors_export.go", "0o600", "0o644", "./cmd/countersign", "CommandLine$/factors"},
	{"usernames: of those who share one, one is found", "repository/open_postgres.go", "username_folded = name LIMIT 2)", "username_folded = name LIMIT 1)", "./repository", "KeepsTheContract/user_list"},
}
