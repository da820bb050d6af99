package main

func init() { mutants = append(mutants, totpParameters...) }

// totpParameters are the guards of factors that have parameters of their own.
var totpParameters = []mutant{
	{"totp: a short code is looked for in a long one", "service/totp/code.go", "subtle.ConstantTimeCompare(c.digits[:], other.digits[:])", "subtle.ConstantTimeCompare(c.digits[:shortCode], other.digits[:shortCode])", "./service/totp", "FactorsOfItsLengthAlone"},
	{"totp: every code has six digits", "service/totp/match.go", "Digits: otp.Digits(p.Digits)", "Digits: otp.DigitsSix", "./service/totp", "AppendixB"},
	{"totp: every hash is SHA-1", "service/totp/match.go", "Algorithm: hash}", "Algorithm: hash * 0}", "./service/totp", "AppendixB"},
	{"totp: seven digits are a code", "service/totp/code.go", "len(s) != shortCode && len(s) != longCode", "(len(s) < shortCode || len(s) > longCode)", "./service/totp", "OneSpelling"},
	{"totp: a code counts in steps of 30 seconds", "service/totp/kind.go", "here: p.StepAt(r.Now)", "here: Standard().StepAt(r.Now)", "./service", "ImportedFactorLogsIn"},
	{"totp: the next code counts in steps of 30 seconds", "service/totp/claim.go", "verdict.NextCodeAt = d.Start(", "verdict.NextCodeAt = Standard().Start(", "./service", "TenMinutesWhateverItsPeriod"},
	{"totp: a sandbox's code ends after 30 seconds", "service/totp/kind.go", "ExpiresAt: d.Start(d.here + 1)", "ExpiresAt: Standard().Start(d.here + 1)", "./api", "SandboxTellsTheCodes"},
	{"totp: the drift is bounded in steps", "service/totp/parameters.go", "return int(MaxDrift / p.Period)", "return int(MaxDrift / Standard().Period)", "./service/totp", "BoundedInSeconds"},
	{"totp: a drift is believed without bound", "service/totp/step.go", "drift = clamp(drift, p.MaxDrift()); drift != 0", "drift != 0", "./service/totp", "BoundedInSeconds"},
	{"totp: parameters are not those of the factor", "service/totp/kind.go", "	p, err := ParametersOf(f.TOTP)\n	if err != nil {\n		return device{}", "	p, err := ParametersOf(domain.TOTP{})\n	if err != nil {\n		return device{}", "./service", "ImportedFactorLogsIn"},
	{"totp: any hash", "service/totp/parameters.go", "	case !known:", "	case !known && false:", "./service/totp", "NobodyComputes"},
	{"totp: any number of digits", "service/totp/parameters.go", "p.Digits != shortCode && p.Digits != longCode", "p.Digits < shortCode", "./service/totp", "NobodyComputes"},
	{"totp: any period", "service/totp/parameters.go", "p.Period < domain.MinOTPPeriod || p.Period > domain.MaxOTPPeriod || p.Period%time.Second != 0", "p.Period <= 0", "./service/totp", "NobodyComputes"},
	{"totp: an erased secret has codes", "service/totp/match.go", "len(secret) < domain.MinOTPSecret", "len(secret) < 0*domain.MinOTPSecret", "./service/totp", "WithoutAProperSecret"},
	{"totp: a secret of 72 bits has codes", "service/domain/factor.go", "MinOTPSecret = 10", "MinOTPSecret = 9", "./service/totp", "WithoutAProperSecret"},
	{"totp: codes of two lengths are a pair", "service/proof/input.go", "code.Len() != codes[0].Len()", "code.Len() < 0", "./service", "TwoLengthsAreRefused"},
	{"totp: a new factor is confirmed by eight digits", "service/confirm.go", "codes[0].Len() != digits", "codes[0].Len() < digits", "./service", "SixDigitsAlone"},
	{"totp: a list tells of the standard parameters", "service/totp/kind.go", "return Description{Parameters: p,", "p = Standard()\n\treturn Description{Parameters: p,", "./api", "ListedByItsOwn"},
}
