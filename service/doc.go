// Package service has the operations of Countersign, and the one algorithm that
// every proof of a second factor goes through. What they rest on has packages of its
// own below: the nouns and their rules in domain, who may do what in access.
//
//	caller -> authorize -> load snapshot -> decide (pure) -> Store.Commit -> answer, sign
//	                            ^                                  |
//	                            +------ somebody decided first ----+
//
// What changes about a person's second factor is kept in one versioned row,
// [domain.User]. An attempt reads it, works out what follows, and stores the result on
// the condition that the version is still the one it read; a wrong code is
// stored just as a right one is, and the caller hears of neither before that.
// So no memory of used codes and no counter exists that could disagree with the
// row. The way there is in spend.go.
//
// The package knows no HTTP and no database: api turns requests into calls of
// [Service], repository implements [store.Store].
package service
