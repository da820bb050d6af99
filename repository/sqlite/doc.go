// Package sqlite is what the store knows of an SQLite file from outside: what the
// errors of its driver mean, and the locks beside it. It imports none of our
// packages, and not the driver.
package sqlite
