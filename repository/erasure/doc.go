// Package erasure finds all events that name a person, and takes out of them who that
// was, a batch at a time. Which columns change, and to what, it is told.
package erasure
