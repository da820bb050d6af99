package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

func TestAnExpiredKeyIsMarkedInTheList(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		expires time.Time
		want    string
	}{
		{time.Time{}, "never"},
		{end.Add(time.Second), "2026-11-03T12:00:01Z"},
		{end, "2026-11-03T12:00:00Z (expired)"},
	} {
		if diff := cmp.Diff(c.want, expiry(domain.KeyTerm{ExpiresAt: c.expires}, end)); diff != "" {
			t.Error(diff)
		}
	}
	if view := newAPIKeyView(domain.ServiceKey{KeyTerm: domain.KeyTerm{ExpiresAt: time.Unix(1, 0)}}); !view.Expired {
		t.Error("JSON does not mark it")
	}
}
