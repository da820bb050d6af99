package main

func init() { mutants = append(mutants, standingMutants...) }

// standingMutants are the guards of the numbers that are kept of a tenant's users.
var standingMutants = []mutant{
	{"standings: what comes to nothing leaves rows", "repository/migrations/postgres/00016_attempts.sql", "GROUP BY 1, 2, 3 HAVING sum(people) <> 0", "GROUP BY 1, 2, 3", "./repository", "AChangeOfMany"},
	{"standings: who exchange theirs are taken for unchanged", "repository/migrations/postgres/00016_attempts.sql", "WHEN (OLD.role <> NEW.role OR ", "WHEN (", "./repository", "AChangeOfMany"},
	{"standings: an attempt is taken for a change", "repository/migrations/postgres/00016_attempts.sql", "WHEN (OLD.role <> NEW.role OR ", "WHEN (OLD.version <> NEW.version OR OLD.role <> NEW.role OR ", "./repository", "AnAttemptIsNotCounted"},
	{"standings: an attempt writes what follows from enabled", "repository/row/user.go", "if standing == string(domain.StandingNone) || standing == string(domain.StandingProven) {", "if standing == string(domain.StandingNone) {", "./repository", "TouchesNoIndex"},
	{"headcount: it follows no change of the standings", "repository/migrations/postgres/00016_attempts.sql", "WHERE standing = 'none' GROUP BY 1 HAVING", "WHERE standing = '' GROUP BY 1 HAVING", "./repository", "AChangeOfMany"},
}
