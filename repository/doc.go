// Package repository keeps everything of Countersign in PostgreSQL or SQLite:
// it implements [store.Store] over GORM.
//
//	store.go         Open, Options, Close
//	open_*.go        the two engines and what differs between them
//	migrate*.go      the schema, its lock and its steps; migrations/ holds the SQL
//	postgres_*.go    what a connection to PostgreSQL is set to, and tells
//	commit.go        Store.Commit: decisions, each whole or not at all
//	plan.go          which of them go out together ...
//	together*.go     ... in one transaction, on PostgreSQL in one statement,
//	                 and new users in another
//	transaction.go   one transaction, and what its failure means
//	again.go         what failed because of others is done again
//	tenant.go, ...   one file per noun: its private row and its statements
//
// Rows are private and distinct from the types of the domain. Every primary
// key begins with tenant_id, and every statement names the tenant; the table
// keys, which belongs to the service itself, is the exception. Package
// repotest holds what any store must do; both engines pass the same suite.
package repository
