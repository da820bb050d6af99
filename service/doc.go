// Package service assembles the operations of Countersign, and has those on a user's
// factors and recovery codes. The parts that it is made of are packages of their own
// below: proof decides proofs; directory, policy, token, sandbox and operator decide
// none; what they rest on is in commit, access, store and domain.
//
//	caller -> authorize -> draft -> decide (pure) -> Store.Commit -> answer, sign
//	                         ^                            |
//	                         +--- somebody decided first -+
//
// What changes about a person's second factor is kept in one versioned row,
// [domain.User]. An attempt reads it, works out what follows, and stores the result on
// the condition that the version is still the one it read; a wrong code is
// stored just as a right one is, and the caller hears of neither before that.
// So no memory of used codes and no counter exists that could disagree with the
// row.
//
// The package knows no HTTP and no database: api turns requests into calls of
// [Service], repository implements [store.Store].
package service
