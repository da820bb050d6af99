// Package pgtest gives tests a real PostgreSQL, 15 or later.
//
// A test asks for [URL] and gets a fresh, empty database of its own, dropped when the test ends, or for
// [CopyURL] and gets the copy of a filled one; package dbtest does so with a migrated one. The
// server is the one that COUNTERSIGN_TEST_POSTGRES_URL names; where that is unset, each test binary starts
// a throwaway cluster that ends with it. To share one cluster among all test packages, run them under the
// command beside this package:
//
//	go build -o .bin/with-postgres ./internal/pgtest/cmd/with-postgres
//	.bin/with-postgres -- go test ./...
//
// Nothing here skips: a test that needs PostgreSQL and finds none fails, and says what to install or set.
package pgtest
