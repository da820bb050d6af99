// Package probe is the database as readiness asks it, a [service.ReadinessStore]:
// over a connection that nobody else uses, whether a write is committed, and what
// is wrong where none is. It reads rows only by what the caller hands in.
package probe
