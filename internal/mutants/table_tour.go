package main

func init() { mutants = append(mutants, tours...) }

// tours are the guards of the demonstration, which shows everybody's codes.
var tours = []mutant{
	{"tour: it is given outside a sandbox", "examples/host/app.go", "	if c.showTour && !c.sandbox {\n", "	if c.showTour && c.tenant == \"\" {\n", "./examples/host", "InASandboxAlone"},
	{"tour: its routes are there without being asked for", "examples/host/tour.go", "	if !a.showTour {\n", "	if a.showTour {\n", "./examples/host", "InASandboxAlone"},
	{"tour: it leads wherever a form says", "examples/host/tour.go", "	return nil\n}\n\n// visitStep", "	return &step{Path: id}\n}\n\n// visitStep", "./examples/host", "LeadsSomebodySomewhere"},
}
