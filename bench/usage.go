package main

import (
	"time"

	"github.com/countersign/countersign/bench/meter"
)

// usage is what the servers and PostgreSQL have taken of the machine so far.
type usage struct {
	server, postgres time.Duration // of processors
	switches         int64         // how often the servers gave a processor up
	diskRead         int64         // bytes
}

func (u usage) minus(before usage) usage {
	return usage{
		server: u.server - before.server, postgres: u.postgres - before.postgres,
		switches: u.switches - before.switches, diskRead: u.diskRead - before.diskRead,
	}
}

func (s *target) usage() (taken usage, err error) {
	for _, server := range s.servers {
		if err := taken.add(server.PID); err != nil {
			return usage{}, err
		}
	}
	postmaster, err := s.environment.Postmaster()
	if err != nil {
		return usage{}, err
	}
	if taken.postgres, err = meter.CPU(postmaster); err != nil {
		return usage{}, err
	}
	read, err := meter.DiskRead(postmaster)
	taken.diskRead += read
	return taken, err
}

func (u *usage) add(server int) error {
	processors, err := meter.CPU(server)
	if err != nil {
		return err
	}
	switches, err := meter.Switches(server)
	if err != nil {
		return err
	}
	read, err := meter.DiskRead(server)
	u.server += processors
	u.switches += switches
	u.diskRead += read
	return err
}

// postgresCPU is that of all the cluster's processes, those in the background included.
func (b *bench) postgresCPU() (time.Duration, error) {
	postmaster, err := b.environment.Postmaster()
	if err != nil {
		return 0, err
	}
	return meter.CPU(postmaster)
}
