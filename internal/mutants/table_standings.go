package main

func init() { mutants = append(mutants, standingMutants...) }

// standingMutants are the guards of the numbers that are kept of a tenant's users.
var standingMutants = []mutant{
	{"standings: what comes to nothing leaves rows", "repository/migrations/postgres/00007_standings.sql", "GROUP BY 1, 2, 3 HAVING sum(people) <> 0", "GROUP BY 1, 2, 3", "./repository", "AChangeOfMany"},
	{"standings: who exchange theirs are taken for unchanged", "repository/migrations/postgres/00007_standings.sql", "IF NOT EXISTS (SELECT tenant_id, user_id, role, active, auth_source, enabled, standing FROM users_before\n        EXCEPT SELECT tenant_id, user_id,", "IF NOT EXISTS (SELECT tenant_id, role, active, auth_source, enabled, standing FROM users_before\n        EXCEPT SELECT tenant_id,", "./repository", "AChangeOfMany"},
	{"standings: an attempt writes what follows from enabled", "repository/row/user.go", "if standing == string(domain.StandingNone) || standing == string(domain.StandingProven) {", "if standing == string(domain.StandingNone) {", "./repository", "TouchesNoIndex"},
	{"headcount: it follows no change of the standings", "repository/migrations/postgres/00007_standings.sql", "WHERE standing = 'none' GROUP BY 1 HAVING", "WHERE standing = '' GROUP BY 1 HAVING", "./repository", "AChangeOfMany"},
}
