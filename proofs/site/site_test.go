package site_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/proofs/site"
)

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }

func TestAuthenticatorComputesTheVectorsOfTheStandards(t *testing.T) {
	t.Parallel()
	device, err := site.NewAuthenticator("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		t.Fatal(err)
	}
	for seconds, want := range map[int64]string{ // RFC 6238, appendix B, SHA-1, the last six digits
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037",
		20000000000: "353130",
	} {
		if got := device.Code(site.StepAt(time.Unix(seconds, 0))); got != want {
			t.Errorf("at %d the code is %s, want %s", seconds, got, want)
		}
	}
}

func TestAReplicaLivesOnAfterItWasKilledAndStopped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options site.Options
	}{
		{"PostgreSQL", site.Options{Replicas: 2, Sandbox: true}},
		{"SQLite", site.Options{SQLite: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ctx, s := t.Context(), site.New(t, test.options)
			first, last := s.Client(0), s.Client(len(s.Replicas)-1)
			device := first.Enroll(ctx, t, "alice", site.StepAt(time.Now())-19)
			for _, end := range []func() error{s.Replicas[0].Kill, s.Replicas[0].Stop} {
				restart(ctx, t, s, end)
				device.Last++
				site.Read[site.Verified](t, first.Verify(ctx, "alice", site.Proof{Code: device.Code(device.Last)}))
			}
			if again := last.Verify(ctx, "alice", site.Proof{Code: device.Code(device.Last)}); !again.Is("code_invalid") {
				t.Errorf("a spent code is answered %v", again)
			}
			if recovered := last.Fresh().Recover(ctx, "alice", device.RecoveryCodes[0]); !recovered.OK() {
				t.Errorf("a recovery code is answered %v", recovered)
			}
		})
	}
}

func restart(ctx context.Context, t *testing.T, s *site.Site, end func() error) {
	t.Helper()
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if dead := s.Client(0).GetUser(ctx, "alice"); !dead.Void() {
		t.Errorf("a dead replica is answered for: %v", dead)
	}
	if err := s.Replicas[0].Start(); err != nil {
		t.Fatal(err)
	}
	if err := s.Replicas[0].Ready(ctx); err != nil {
		t.Fatal(err)
	}
}
