package api_test

import (
	"bytes"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/countersign/countersign/internal/apptest"
)

// A counter that begins with its first event never increased.
func TestCountersBeginAtZero(t *testing.T) {
	t.Parallel()
	metrics := string(apptest.New(t, apptest.Options{}).Client("").Get("/metrics").Body)
	for _, counter := range []string{
		`refused_while_locked_total{lane="code"}`,
		`refused_while_locked_total{lane="recovery_code"}`,
		`verifications_total{action="verification",outcome="failure"}`,
		`verifications_total{action="enrollment.confirmed",outcome="success"}`,
		`verifications_total{action="resync",outcome="failure"}`,
		`verifications_total{action="two_factor.disabled",outcome="failure"}`,
		`decisions_total{decision="allow",reason="grace_period"}`,
		`decisions_total{decision="deny",reason="inactive"}`,
		`unavailable_total{cause="database"}`,
	} {
		if !contains(metrics, "countersign_"+counter+" 0\n") {
			t.Errorf("no %s at zero", counter)
		}
	}
}

// TestPromtoolFindsNothingWrongWithTheMetrics asks what "promtool check metrics" asks.
func TestPromtoolFindsNothingWrongWithTheMetrics(t *testing.T) {
	t.Parallel()
	metrics := apptest.New(t, apptest.Options{}).Client("").Get("/metrics").Body
	problems, err := promlint.New(bytes.NewReader(metrics)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
