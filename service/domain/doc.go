// Package domain holds the nouns and their rules: users, factors, lanes, policies,
// decisions, permissions, callers, events and errors. It is pure: no I/O, no lock,
// no context, and what is random or tells the time is handed in, so that a table
// test reads like the specification.
package domain
