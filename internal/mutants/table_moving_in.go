package main

func init() { mutants = append(mutants, movingIn...) }

// movingIn are the guards that whoever moved in by the documents alone asked for.
var movingIn = []mutant{
	{"factors: a second one of a user takes the place of the first", "service/migration/factor_draft.go", "	case further:\n", "	case further && false:\n", "./service", "InOneImport"},
	{"factors: a dry run forgets whom it took", "service/migration/factor_draft.go", "	if further && before.written {\n", "	if false {\n", "./service", "InOneImport"},
	{"factors: a line that is refused has taken its user", "service/migration/factor_import.go", "	i.taken.drop(line)\n", "", "./service", "LastAdminRefusesTakesNobody"},
	{"factors: a line that is refused again forgets the first", "service/migration/taken.go", "func (t *taken) drop(line FactorLine) {\n	if _, ok := t.before(line); ok {", "func (t *taken) drop(line FactorLine) {\n	if false {", "./service", "InOneImport"},
	{"reason: blanks are one", "service/domain/text.go", "if strings.ContainsFunc(reason, says) {", "if reason != \"\" {", "./api", "SaysNothing"},
	{"reason: one of an own step-up may be blank", "service/access/step_up.go", "(!own || reason != \"\")", "!own", "./api", "SaysNothing"},
	{"reason: a missing one is malformed", "api/edge/validate.go", "	if len(found) == 1 && errors.As(err, &broken) && missingReason(broken) {", "	if false {", "./api", "SaysNothing"},
	{"reason: other mistakes are a missing one", "api/edge/validate.go", "	if len(found) == 1 && errors.As(err, &broken) && ", "	if errors.As(err, &broken) && ", "./api", "SaysNothing"},
	{"policy: the remedy of an If-Match forgets that everybody is meant", "service/policy/policy.go", "	if m.Roles == nil {\n		m.Roles = domain.AllRoles()\n	}\n	return", "	return", "./api", "NamesWhatToRead"},
	{"policy: the remedy of an If-Match is always the preview", "service/policy/policy.go", "	if !more {\n		return", "	if false {\n		return", "./api", "NamesWhatToRead"},
}
