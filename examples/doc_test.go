// Package examples_test logs in at the hosts of examples/python and examples/java as a browser does, against
// the service itself, and tries there what must let nobody in.
package examples_test
