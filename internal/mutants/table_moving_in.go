package main

func init() { mutants = append(mutants, movingIn...) }

// movingIn are the guards that whoever moved in by the documents alone asked for.
var movingIn = []mutant{
	{"factors: a second one of a user takes the place of the first", "service/migration/factor_draft.go", "	case further:\n", "	case further && false:\n", "./service", "InOneImport"},
	{"factors: a dry run forgets whom it took", "service/migration/factor_draft.go", "	if further && before.written {\n", "	if false {\n", "./service", "InOneImport"},
	{"factors: a line that is refused has taken its user", "service/migration/factor_import.go", "	i.taken.drop(line)\n", "", "./service", "LastAdminRefusesTakesNobody"},
	{"factors: a line that is refused again forgets the first", "service/migration/taken.go", "func (t *taken) drop(line FactorLine) {\n	if _, ok := t.before(line); ok {", "func (t *taken) drop(line FactorLine) {\n	if false {", "./service", "InOneImport"},
	{"keys: one of a migration may do more", "service/domain/service_key.go", "func(s Scope) bool { return s != ScopeMigration })", "func(Scope) bool { return false })", "./service", "NeedsItsOwnScope"},
	{"files: a column that --user-key needs is not missed", "service/factorfile/csv.go", "	case person != \"\" && !slices.Contains(named, person):", "	case false:", "./service/factorfile", "ToldWhat"},
	{"files: semicolons are commas", "service/factorfile/csv.go", "		if csvHeader(strings.ReplaceAll(first, separator, \",\")) {", "		if false && separator == name {", "./service/factorfile", "ToldWhat"},
	{"export: secrets go to a file called -", "cmd/countersign/factors_export.go", "	case c.File == \"-\":", "	case false:", "./cmd/countersign", "CommandLine$/factors"},
	{"terminal: the bar stays", "cmd/countersign/internal/terminal/progress.go", "		fmt.Fprint(p.to, clearLine)\n", "", "./cmd/countersign", "CommandLine$/terminal"},
	{"reason: blanks are one", "service/domain/text.go", "if strings.ContainsFunc(reason, says) {", "if reason != \"\" {", "./api", "SaysNothing"},
	{"reason: one of an own step-up may be blank", "service/access/step_up.go", "(!own || reason != \"\")", "!own", "./api", "SaysNothing"},
	{"reason: a missing one is malformed", "api/edge/validate.go", "	if len(found) == 1 && errors.As(err, &broken) && missingReason(broken) {", "	if errors.As(err, &broken) && false {", "./api", "SaysNothing"},
	{"reason: other mistakes are a missing one", "api/edge/validate.go", "	if len(found) == 1 && errors.As(err, &broken) && ", "	if errors.As(err, &broken) && ", "./api", "AmongOtherMistakes"},
	{"policy: the remedy of an If-Match forgets that everybody is meant", "service/policy/policy.go", "	if len(m.Roles) == 0 {\n		m.Roles = domain.AllRoles()\n	}\n	return", "	return", "./api", "NamesWhatToRead"},
	{"policy: the remedy of an If-Match is always the preview", "service/policy/policy.go", "	if !more {\n		return", "	if false {\n		return", "./api", "NamesWhatToRead"},
}
