package docs_test

import "testing"

func TestAnExportAndAnErasureRunAsTheyStand(t *testing.T) {
	t.Parallel()
	startDevelopment(t).runsAsItStands(t, "docs/personal-data.md", 3)
}
