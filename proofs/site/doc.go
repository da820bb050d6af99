// Package site puts up a real installation for tests: a PostgreSQL cluster or an SQLite file, a keyset, a
// tenant, and any number of `countersign serve` processes that can be killed and started again. Its client
// tells an answer from no answer, and its authenticator computes codes from RFC 6238 as it is written, so
// that nothing here rests on the code it is to prove.
//
//	func TestMain(m *testing.M) { os.Exit(process.Main(m)) }
//
//	s := site.New(t, site.Options{Replicas: 3})
//	device := s.Client(0).Enroll(ctx, t, "alice", site.StepAt(time.Now()))
//	outcome := s.Client(1).Verify(ctx, "alice", site.Proof{Code: device.Code(device.Last + 1)})
//
// A test repeats what it does as often as its short slice asks for. DURATION=30m in the environment asks for
// the long run, for so long at most, and COUNTERSIGN_PROOF_COUNT=500 for another number of repetitions. Random
// tests take their seed from COUNTERSIGN_PROOF_SEED, or print the one they made. COUNTERSIGN_TEST_BINARY names
// the binary to run them on; without it, that of this module is built.
package site
