package main

func init() { mutants = append(mutants, factorAttack...) }

// factorAttack are the guards against whoever would come in by a file of factors.
var factorAttack = []mutant{
	{"factors: a removed one comes back", "service/migration/factor_draft.go", "(user.EverEnrolled || user.MustEnroll) && !i.ReplaceProven:", "false:", "./service", "BringsBackNoFactor"},
	{"factors: nobody hears of one that was to come back", "service/migration/factor_import.go", "domain.CodeReenrollmentRequired, domain.CodeLastAdmin}", "domain.CodeLastAdmin}", "./service", "BringsBackNoFactor"},
	{"factors: one comes back in the place of a reset", "service/migration/factor_draft.go", "(user.EverEnrolled || user.MustEnroll)", "user.EverEnrolled", "./service", "ResetBeforeIt"},
}
