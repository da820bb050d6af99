// Package operation holds no code: its tests are a trial of operation. They put up what an operator has, real
// processes of PostgreSQL, its standbys, PgBouncer and countersign, take one thing away after the other, and print
// what was ready, what was refused, and for how long. Those that need more than the other tests do are built with a
// tag:
//
//	make prove-operation
//
// See package site for what can be set.
package operation
