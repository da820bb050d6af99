// Package repository keeps everything of Countersign in PostgreSQL or SQLite:
// it implements [store.Store] over GORM.
//
//	store.go         Open, Options, Close
//	database.go      connections and engine, on which its methods work
//	open_*.go        the two engines and what differs between them
//	migrate/         the schema, its lock and its steps; migrations/ holds the SQL
//	pg/, sqlite/     what a connection or a file is set to, and tells
//	probe/           what readiness asks, over a connection of its own
//	commit.go        Store.Commit: decisions, each whole or not at all, and
//	                 which of them go out as one batch ...
//	batch_*.go       ... which PostgreSQL decides in one statement, new users in
//	                 another, and SQLite one change after the other
//	change_writer.go what a change writes within its transaction
//	transaction.go   one transaction, and again where others made it fail
//	errors.go        what the words of drivers and servers mean to service
//	key.go           the keys, which belong to the service itself
//	tenant.go, ...   one file per noun: its statements
//
// Package row has the rows, and their conversion from and to the types of the
// domain. Every primary key begins with tenant_id, and every statement names the
// tenant; the tables keys, keyset_keys, operator_keys and write_probe, which belong to the service
// itself, are the exceptions. Package repotest holds what any store must do; both
// engines pass the same suite.
package repository
