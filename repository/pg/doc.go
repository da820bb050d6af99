// Package pg is what the store knows of PostgreSQL as a server: how a connection
// to it is asked for, set up and kept, why none came about, and what its errors
// mean. It imports none of our packages, and knows neither rows nor tables; what
// is in them is the matter of package repository.
//
//	url.go            which URLs are taken, and how one is shown
//	pool.go           configurations, and the pools whose sessions follow them
//	settings.go       what is set on each new connection
//	session.go        one connection: its transactions and its warnings
//	stale.go          sessions that take no writes are ended
//	credentials.go    user and password change without a restart
//	connect_error.go  why there is no connection, without a secret
//	sqlstate.go       errors by their SQLSTATE
//	bytea.go          bytes in whatever format
package pg
