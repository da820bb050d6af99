// Package service is the domain of Countersign: who may do what, and the one
// algorithm every proof of a second factor goes through.
//
//	caller -> authorize -> load snapshot -> decide (pure) -> Store.Commit -> answer, sign
//	                            ^                                  |
//	                            +------ somebody decided first ----+
//
// All of a user's mutable second-factor state is one aggregate ([User]) with a
// version. Every attempt, right or wrong, is decided by one compare-and-set of
// that aggregate, and an answer leaves only after the compare-and-set
// committed. Nothing else decides: there is no cache of used codes and no
// counter beside the aggregate. See spend.go.
//
// The package knows no HTTP and no database: api turns requests into calls of
// [Service], repository implements [Store].
package service
