// Package probe is the database as readiness asks it, a [readiness.Store]:
// over a connection that nobody else uses, whether a write is committed, and what
// is wrong where none is. It reads rows only by what the caller hands in.
package probe
