package main

import (
	"time"

	"github.com/countersign/countersign/bench/meter"
)

// cpu is the time of processors that the servers, and PostgreSQL, have taken so far, and how often the servers gave one up.
type cpu struct {
	server, postgres time.Duration
	switches         int64
}

func (c cpu) minus(before cpu) cpu {
	return cpu{server: c.server - before.server, postgres: c.postgres - before.postgres, switches: c.switches - before.switches}
}

func (s *target) cpu() (taken cpu, err error) {
	for _, server := range s.servers {
		one, err := meter.CPU(server.PID)
		if err != nil {
			return cpu{}, err
		}
		taken.server += one
		switches, err := meter.Switches(server.PID)
		if err != nil {
			return cpu{}, err
		}
		taken.switches += switches
	}
	taken.postgres, err = s.postgresCPU()
	return taken, err
}

// postgresCPU is that of all the cluster's processes, those in the background included.
func (b *bench) postgresCPU() (time.Duration, error) {
	postmaster, err := b.environment.Postmaster()
	if err != nil {
		return 0, err
	}
	return meter.CPU(postmaster)
}
