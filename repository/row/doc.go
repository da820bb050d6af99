// Package row holds what a table of the database has in a row, and turns it into
// the types of the domain and back. It is pure: it knows neither a context nor a
// connection nor the statements, which are in package repository, the one that
// imports it.
//
// Rows are distinct from the types of the domain, so that either may change
// without the other. What is stored never changes its meaning: replicas of two
// versions read it side by side.
package row
