package main

func init() { mutants = append(mutants, factorAttack...) }

// factorAttack are the guards against whoever would come in by a file of factors.
var factorAttack = []mutant{
	{"factors: a removed one comes back", "service/migration/factor_draft.go", "(user.EverEnrolled || user.MustEnroll) && !i.ReplaceProven:", "false:", "./service", "BringsBackNoFactor"},
	{"factors: nobody hears of one that was to come back", "service/migration/factor_import.go", "domain.CodeReenrollmentRequired, domain.CodeLastAdmin}", "domain.CodeLastAdmin}", "./service", "BringsBackNoFactor"},
	{"factors: one comes back in the place of a reset", "service/migration/factor_draft.go", "(user.EverEnrolled || user.MustEnroll)", "user.EverEnrolled", "./service", "ResetBeforeIt"},
	{"factors: an address that nobody verified", "service/migration/person.go", "in.Key == KeyEmail && r.EmailUnverified", "false", "./service", "FoundByTheNameThatIsChosen"},
	{"factor file: an address that says nothing is unverified", "service/factorfile/json_records.go", "return f != nil && !bool(*f)", "return f == nil || !bool(*f)", "./service/factorfile", "NobodyVerified"},
	{"factor file: of Kratos any address will do", "service/factorfile/kratos.go", "strings.EqualFold(string(a.Value), email) && ", "(strings.EqualFold(string(a.Value), email) || true) && ", "./service/factorfile", "NobodyVerified"},
	{"factors: a secret in the place of a name is told", "service/migration/factor_import.go", "i.Refused(line.told())", "i.Refused(line)", "./api", "RepeatsASecret"},
	{"command line: a reason moves the terminal", "cmd/countersign/user.go", " || !domain.ValidText(reason, 1, longestReason)", "", "./cmd/countersign", "CommandLine$/usage"},
	{"command line: the name of a file moves the terminal", "cmd/countersign/internal/importfile/importfile.go", "return terminal.Plain(string(f))", "_ = terminal.Plain\n	return string(f)", "./cmd/countersign", "CommandLine$/factors"},
	{"command line: an error moves the terminal", "cmd/countersign/errors.go", "return terminal.Plain(strings.Join(strings.Fields(message(err)), \" \"))", "_ = terminal.Plain\n	return strings.Join(strings.Fields(message(err)), \" \")", "./cmd/countersign", "CommandLine$/factors"},
	{"factor file: a wrong key is told by the record", "service/factorfile/pskc.go", "	if keys.wrong { ", "	if false && keys.wrong { ", "./service/factorfile", "AWrongKey"},
	{"factor file: a formula", "service/factorfile/csv_formula.go", "	if formula(text) {\n", "	if false {\n", "./service/factorfile", "AFormula"},
	{"factor file: an apostrophe that was there is taken away", "service/factorfile/csv_formula.go", "	text = strings.TrimLeft(text, \"'\")\n", "", "./service/factorfile", "AFormula|ReadAgain"},
	{"factor file: an id is trimmed", "service/factorfile/judge.go", "	r.UserID = name\n	name = strings.TrimSpace(name)\n", "	name = strings.TrimSpace(name)\n	r.UserID = name\n", "./service/factorfile", "ByteByByte"},
	{"factor file: an id at the end of a line is trimmed", "service/factorfile/csv.go", "csvValues(l.Raw)", "csvValues(l.Text)", "./service/factorfile", "ByteByByte"},
	{"factor file: ten million rounds", "service/factorfile/pskc_crypto.go", "maxIterations = 1_000_000", "maxIterations = 10_000_000", "./service/factorfile", "SaysWhatItTakes"},
	{"factor file: any number of derived keys", "service/factorfile/pskc_crypto.go", "	k.opened = true\n", "", "./service/factorfile", "SaysWhatItTakes"},
	{"factor file: any work of age", "service/factorfile/open.go", "	identity.SetMaxWorkFactor(maxAgeWork)\n", "", "./service/factorfile", "MoreWork"},
}
