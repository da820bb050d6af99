// Package feed numbers committed events, and reads them in that order.
//
// On PostgreSQL transactions become visible in another order than that in which they
// began, drew from a sequence or looked at a clock. So nobody numbers an event while
// it is written. Each row has the id of its transaction; from time to time somebody
// takes the row of event_sequencer, which has the snapshot of the time before, and
// numbers what is visible now and was not then: the transactions that had not begun,
// and those that were running. What runs still is found when it has ended, and keeps
// nothing else waiting. A snapshot is exact, where the lowest id that runs would hold
// back whatever began later.
//
// On SQLite there is one writer, and rows are numbered as they arrive.
package feed
