package docs_test

import "testing"

// The blocks are run in order in one strict shell, beside a running server.
func TestInAnyOtherLanguageRunsAsItStands(t *testing.T) {
	t.Parallel()
	startDevelopment(t).runsAsItStands(t, "docs/any-language.md", 9)
}
