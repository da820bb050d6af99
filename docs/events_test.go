package docs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/eventtype"
)

func TestTheFeedIsFollowedAsItStands(t *testing.T) {
	t.Parallel()
	startDevelopment(t).runsAsItStands(t, "docs/events.md", 2)
}

func TestTheEventTypesOfTheDocumentAreThoseOfTheService(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| action | what happened | severity | tell | CAEP | details |\n|---|---|---|---|---|---|\n")
	for _, e := range eventtype.All {
		hearers := []string{}
		for _, h := range e.Hearers {
			hearers = append(hearers, "the "+string(h))
		}
		caep, details := string(e.CAEP), ""
		if len(e.Details) > 0 {
			details = "`" + strings.Join(e.Details, "`, `") + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s | %s |\n", e.Action, e.About, e.Severity, strings.Join(hearers, ", "), caep, details)
	}
	if !strings.Contains(readFile(t, "docs/events.md"), table.String()) {
		t.Errorf("docs/events.md has another table than this:\n%s", table.String())
	}
}
