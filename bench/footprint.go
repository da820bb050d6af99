package main

import (
	"context"
	"os"
	"time"

	"github.com/countersign/countersign/bench/meter"
	"github.com/countersign/countersign/bench/report"
)

const (
	footprintStarts = 10
	// idleAfter is how long a server is left alone before its idle memory is read.
	idleAfter = time.Second
)

// footprint is what a server takes without load, on an SQLite file that exists.
func (b *bench) footprint(ctx context.Context) error {
	info, err := os.Stat(b.environment.Binary())
	if err != nil {
		return err
	}
	dataset := b.datasets[b.settings.footprintDataset()]
	f := &report.Footprint{BinaryBytes: info.Size(), Users: dataset.key.users}
	for range footprintStarts {
		if err := b.start(ctx, dataset, f); err != nil {
			return err
		}
	}
	b.result.Footprint = f
	return nil
}

func (b *bench) start(ctx context.Context, on *dataset, f *report.Footprint) error {
	server, err := on.deployment.Serve(ctx)
	if err != nil {
		return err
	}
	select {
	case <-time.After(idleAfter):
	case <-ctx.Done():
		return ctx.Err()
	}
	m, err := meter.MemoryOf(server.PID)
	if err != nil {
		return err
	}
	f.ReadyMS = append(f.ReadyMS, milliseconds(server.ReadyAfter))
	f.IdleBytes = append(f.IdleBytes, m.Resident)
	return server.Stop()
}
