// Package migrate brings the schema of a database up to date while others use it,
// and tells how far it is. It knows the table in which the versions are kept and
// the locks; what a migration does is in its file, which the caller hands in. It
// knows nothing of rows. Package repository makes a [Migrator] for each store.
//
//	migrate.go        Migrator: what is pending is done, by one process at a time
//	engine.go         what differs between the engines; postgres.go, sqlite.go
//	version.go        which migrations were applied
//	status.go         that, and what is pending, for people
//	lock_postgres.go  one process migrates
//	step.go, wait.go  one step, which waits for locks and lets others pass
//	blocker.go        who holds them
package migrate
