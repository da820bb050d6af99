// Package examples_test logs in at the hosts of examples/python and examples/java as a browser does, against
// the service itself, and tries there what must let nobody in. It does the same with the host of the Go client's
// README in an empty project that installed the client.
package examples_test
