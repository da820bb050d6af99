// Package report keeps what a run of the benchmark measured, sums up its rounds, and shows them: as tables, as
// plots, and in the documents.
package report

import (
	"encoding/json"
	"os"
	"time"

	"github.com/countersign/countersign/bench/meter"
)

// Result is a whole run.
type Result struct {
	Began    time.Time     `json:"began"`
	Took     float64       `json:"took_s"`
	Machine  meter.Machine `json:"machine"`
	Software Software      `json:"software"`
	Settings Settings      `json:"settings"`
	// PostgreSQL is what the server says of its settings, by name.
	PostgreSQL map[string]string `json:"postgresql"`
	Datasets   []Dataset         `json:"datasets"`
	Footprint  *Footprint        `json:"footprint,omitempty"`
	Cells      []Cell            `json:"cells,omitempty"`
}

// Software is what was measured and by what.
type Software struct {
	Version    string `json:"version"` // what the binary says of itself: release or commit, and Go's version
	Commit     string `json:"commit"`
	Modified   bool   `json:"modified"` // since that commit
	PostgreSQL string `json:"postgresql"`
}

// Settings are those of the run.
type Settings struct {
	Rounds      int     `json:"rounds"`
	Duration    float64 `json:"duration_s"`
	Concurrency []int   `json:"concurrency"`
	Only        string  `json:"only,omitempty"`
}

// Dataset is a deployment with its people.
type Dataset struct {
	Name     string  `json:"name"`
	Engine   string  `json:"engine"`
	Enrolled int     `json:"enrolled"`
	Others   int     `json:"others"`
	Events   int     `json:"events,omitempty"`
	SeedTime float64 `json:"seed_s"`
	// Bytes is the size on disk after seeding, by table with its indexes, and "" for the whole database.
	Bytes map[string]int64 `json:"bytes"`
}

// Key says what a cell measured; a round has one cell of each.
type Key struct {
	Measure     string `json:"measure"`
	Engine      string `json:"engine"`
	Users       int    `json:"users"`
	Replicas    int    `json:"replicas"`
	Concurrency int    `json:"concurrency"`
	// Events are in the audit trail of the tenant that lists it.
	Events int `json:"events,omitempty"`
	// Beside is how many connections another tenant has meanwhile.
	Beside int `json:"beside,omitempty"`
}

// Cell is one measurement: what the report shows of it, no more. Times of processors are microseconds per good unit;
// of pgbench, Server is zero.
type Cell struct {
	Key
	Round      int            `json:"round"`
	NotCounted map[string]int `json:"not_counted,omitempty"` // answers by status, but for the good ones
	Seconds    float64        `json:"-"`                     // for the time that is left; a result need not keep it
	PerSecond  float64        `json:"per_second"`
	// The latencies are milliseconds.
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms,omitempty"`
	// First is the first answer of a server that has just been started, whatever it was.
	First float64 `json:"first_ms,omitempty"`

	CPUServer   float64 `json:"cpu_server_us"`
	CPUPostgres float64 `json:"cpu_postgres_us"`
	CPULoad     float64 `json:"cpu_load_us"` // the load generator's own
	// Switches is how often a thread of the servers gave up its processor to wait, per good unit.
	Switches float64 `json:"switches,omitempty"`
	// DiskRead is how many bytes the servers and PostgreSQL read from the disk, per good unit.
	DiskRead float64 `json:"disk_read_bytes,omitempty"`
	// LoadShare is the load generator's part of all processors, where it keeps many connections busy.
	LoadShare float64 `json:"load_share,omitempty"`

	// Resident and Peak are the servers' memory together, at the end and at the most.
	Resident int64 `json:"resident_bytes,omitempty"`
	Peak     int64 `json:"peak_bytes,omitempty"`
}

// Footprint is what a server takes without load.
type Footprint struct {
	BinaryBytes int64     `json:"binary_bytes"`
	Users       int       `json:"users"`    // in the SQLite file
	ReadyMS     []float64 `json:"ready_ms"` // each start
	IdleBytes   []int64   `json:"idle_bytes"`
}

// Write stores the result as JSON, with a line for each cell: a diff of two runs is as long as what they measured.
func (r Result) Write(path string) error {
	cells := r.Cells
	r.Cells = nil
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	for n, c := range cells {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		before := ",\n"
		if n == 0 {
			before = ",\"cells\":[\n"
			text = text[:len(text)-1] // the brace that ends it
		}
		text = append(append(text, before...), line...)
	}
	if len(cells) > 0 {
		text = append(text, "\n]}"...)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Read reads what Write stored.
func Read(path string) (Result, error) {
	var r Result
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
}
