package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/repository"
)

func TestARoleThatLacksARightIsToldWhereTheRightsAre(t *testing.T) {
	t.Parallel()
	got := explain(fmt.Errorf("prune events: %w: permission denied for table audit_events", repository.ErrDenied))
	if !strings.Contains(got, "docs/deployment.md") || !strings.Contains(got, "permission denied for table audit_events") {
		t.Error(got)
	}
}
