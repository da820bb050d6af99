package main

func init() { mutants = append(mutants, operatorKeys...) }

// operatorKeys are the guards of who makes tenants and lets pages in.
var operatorKeys = []mutant{
	{"origin: one is added to those that were read", "service/operator/tenant_update.go", "slices.DeleteFunc(slices.Clone(t.Origins), ", "slices.DeleteFunc([]string{}, ", "./service", "AddedAtTheSameTime"},
	{"origin: one that is not there is removed", "service/operator/tenant_update.go", "		if !slices.Contains(t.Origins, origin) {\n			return nil", "		if false {\n			return nil", "./cmd/countersign", "TestCommandLine$/tenant"},
	{"origin: an added one is outside of the rp id", "service/operator/tenant_update.go", "	return added, nil\n", "	return nil, nil\n", "./cmd/countersign", "TestCommandLine$/tenant"},
	{"origin: pages of this machine call a product", "service/access/tenant.go", "tenant.Sandbox && a.isOfDevelopment(origin), err", "a.isOfDevelopment(origin), err", "./api", "PagesOfThisMachine"},
	{"origin: pages of this machine call in production", "service/access/tenant.go", "a.development && loopbackOrigin", "loopbackOrigin", "./api", "PagesOfThisMachine"},
	{"origin: what begins like this machine", "service/access/tenant.go", "(:[1-9][0-9]{0,4})?$`)", "(:[1-9][0-9]{0,4})?`)", "./api", "PagesOfThisMachine"},
	{"origin: each refusal is a line", "api/edge/refused_origin.go", "known && now.Sub(at) < logOriginEvery", "known && now.Sub(at) < 0", "./api/edge", "LoggedOnceAMinute"},
	{"origin: refused ones fill the memory", "api/edge/refused_origin.go", "		return false\n	}\n	r.logged[refused]", "	}\n	r.logged[refused]", "./api/edge", "FillNothing"},
	{"origin: the remedy runs what a page sent", "api/edge/refused_origin.go", "	if !plainOrigin.MatchString(r.origin) {", "	if r.origin == \"\" {", "./api/edge", "CanBePasted"},
}
