// Package process starts the product as its operator does: a built countersign, with settings of its own and
// nothing of this process's. The tests of the command, of the documents, the proofs and the benchmark start it
// here, and nowhere else. It knows the log's line that names the address, and the probe that says ready; what a
// server is asked for, and on which database, is its callers' to say. No code of the product may import it.
// A test that may fail at the start takes it from internal/processtest.
//
//	func TestMain(m *testing.M) { os.Exit(process.Main(m)) }
//
//	cmd, log := process.Command(ctx, dir, settings, binary, "serve"), &process.Record{}
//	cmd.Stderr = log
//	server, err := process.Start(cmd, log)
package process
