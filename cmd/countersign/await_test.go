package main

import (
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/repository/pg"
	"github.com/countersign/countersign/service/readiness"
)

func TestWhileTheDatabaseIsWaitedForItIsSaidToBeUnreachable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var found []readiness.Finding
		a := &app{
			ctx: t.Context(), logger: slog.New(slog.NewTextHandler(io.Discard, nil)), startTimeout: time.Minute,
			awaited: func(f readiness.Finding) { found = append(found, f) },
		}
		attempts := 0
		_, err := a.await(func() (*repository.Store, error) {
			if attempts++; attempts < 3 {
				return nil, pg.ErrUnreachable
			}
			return &repository.Store{}, nil
		})
		want := []readiness.Finding{readiness.DatabaseUnreachable, readiness.DatabaseUnreachable, readiness.FindingUnknown}
		if diff := cmp.Diff(want, found); diff != "" || err != nil {
			t.Errorf("%v; found (-want +got):\n%s", err, diff)
		}
	})
}
