package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/countersign/countersign/bench/load"
	"github.com/countersign/countersign/bench/report"
)

// newCell is what a cell's outcome comes to.
func newCell(c cell, o load.Outcome, taken usage) report.Cell {
	measured := report.Cell{
		Key: c.Key, NotCounted: map[string]int{}, Seconds: o.Elapsed.Seconds(),
		P50: milliseconds(load.Percentile(o.Latencies, 50)),
		P95: milliseconds(load.Percentile(o.Latencies, 95)),
		P99: milliseconds(load.Percentile(o.Latencies, 99)),
	}
	if o.Good > 0 {
		measured.Max = milliseconds(o.Latencies[o.Good-1])
	}
	for status, times := range o.Answers {
		if status != http.StatusOK {
			measured.NotCounted[strconv.Itoa(status)] = times
		}
	}
	if o.Good == 0 {
		return measured
	}
	units := float64(o.Good)
	measured.PerSecond = units / o.Elapsed.Seconds()
	measured.CPUServer = microseconds(taken.server) / units
	measured.CPUPostgres = microseconds(taken.postgres) / units
	measured.CPULoad = microseconds(o.CPU) / units
	measured.Switches = float64(taken.switches) / units
	measured.DiskRead = float64(taken.diskRead) / units
	return measured
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
func microseconds(d time.Duration) float64 { return d.Seconds() * 1e6 }
