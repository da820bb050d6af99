package readiness

import (
	"context"
	"time"

	"github.com/countersign/countersign/service/domain"
)

// Finding is what a probe found of one thing: FindingOK, or in a word what keeps
// the replica from deciding.
type Finding string

// The findings that any check can have.
const (
	FindingOK           Finding = "ok"
	FindingUnknown      Finding = "unknown" // no probe has come so far yet
	FindingShuttingDown Finding = "shutting_down"
)

// What can be wrong with the database.
const (
	DatabaseUnreachable   Finding = "unreachable"
	DatabaseStandby       Finding = "standby"
	DatabaseReadOnly      Finding = "read_only"
	DatabaseDiskFull      Finding = "disk_full"
	DatabaseNotCommitting Finding = "not_committing"
	DatabaseFailing       Finding = "failing"
)

// What can be wrong with the others.
const (
	ClockUntrusted   Finding = "untrusted"
	KeysetIncomplete Finding = "incomplete"
	SchemaOutdated   Finding = "outdated"
)

// Readiness is whether a replica can decide, and if not, why.
type Readiness struct {
	Database, Schema, Keyset, Clock Finding
	// Cause is for the log.
	Cause error
}

// allFound is the same of everything.
func allFound(f Finding) Readiness { return Readiness{Database: f, Schema: f, Keyset: f, Clock: f} }

// Unprobed is what is known before the first probe has come back.
func Unprobed() Readiness { return allFound(FindingUnknown) }

// Ready reports whether nothing is wrong.
func (r Readiness) Ready() bool { return r.worst() == FindingOK }

// worst is the first finding that is not ok, in the order in which they depend
// on each other.
func (r Readiness) worst() Finding {
	worst := FindingOK
	for _, f := range []Finding{r.Database, r.Schema, r.Keyset, r.Clock} {
		switch f {
		case FindingOK:
		case FindingUnknown, "":
			worst = FindingUnknown
		default:
			return f
		}
	}
	return worst
}

// found is r without its cause, for comparing.
func (r Readiness) found() Readiness {
	r.Cause = nil
	return r
}

// Store is the database as a probe asks it: over a connection of its
// own, so that neither a pool that is exhausted is taken for a database that is
// gone, nor a probe keeps a proof waiting.
type Store interface {
	// Inspect reads what a replica has to agree with.
	Inspect(ctx context.Context) (Inspection, error)
	// ProbeWrite returns nil once a small write has been committed, and, where
	// commits wait for a synchronous standby, has been confirmed by it.
	ProbeWrite(ctx context.Context) error
}

// Inspection is what a replica has to agree with.
type Inspection struct {
	Now time.Time // the database's
	// Outdated: the schema is older than this program needs. Then nothing else
	// of it is read.
	Outdated   bool
	KeysetKeys []domain.KeysetKey
}

// DatabaseFault is an error of a [Store] of which it is known what is
// wrong with the database.
type DatabaseFault struct {
	Finding Finding
	Cause   error
}

// Error returns the cause.
func (f *DatabaseFault) Error() string { return f.Cause.Error() }

// Unwrap returns the cause.
func (f *DatabaseFault) Unwrap() error { return f.Cause }

// explanations say in the log what is wrong and what to do. Who operates the
// service reads them at night.
var explanations = map[Finding]string{
	FindingUnknown:        "the first probe of the database has not come back",
	FindingShuttingDown:   "the process is shutting down",
	DatabaseUnreachable:   "the database cannot be reached or does not answer; check that it runs, the network, and the database URL",
	DatabaseStandby:       "the database is a standby, which takes no writes; let the database URL name the primary, or name all hosts in it with target_session_attrs=primary",
	DatabaseReadOnly:      "the database refuses the writes of this role; look for default_transaction_read_only, and grant the role its rights on all tables",
	DatabaseDiskFull:      "the disk of the database is full; make room on it",
	DatabaseNotCommitting: "a write is not committed in time; see whether a synchronous standby is gone, a lock is held or the disk is stuck",
	DatabaseFailing:       "the database refuses what the probe does; see the cause",
	ClockUntrusted:        "the clocks of this machine and of the database are too far apart; synchronise them",
	KeysetIncomplete:      "the keyset lacks a key that encrypts secrets in the database; give this replica the keyset of the others and restart it",
	SchemaOutdated:        "the schema is older than this version; run: countersign migrate",
}
