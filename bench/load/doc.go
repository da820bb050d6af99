// Package load keeps a server busy: so many workers, each with a connection of its own that is kept alive,
// each sending its next request when the last one is answered. It is lean, because it shares the machine with
// what it measures, and says how much of the machine it took itself.
package load
