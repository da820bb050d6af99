// Package environment puts up what is measured: a PostgreSQL cluster with its default durability, databases and SQLite
// files with a tenant each, and any number of processes of the built binary that serve them. Whatever it
// starts ends with it, and with this process in whatever way that ends.
package environment
