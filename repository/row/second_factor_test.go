package row

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// Replicas of the first version read and write the same rows during an upgrade, and know no types.
func TestATOTPFactorIsWrittenAsTheFirstVersionWroteIt(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time { return time.Date(2026, 11, 3, 12, 0, n, 0, time.UTC) }
	const written = `{"factors":[` +
		`{"id":"fct_1","name":"phone","state":"active","secret":"AAH/","last_step":59000000,"drift":-3,` +
		`"created_at":"2026-11-03T12:00:01Z","confirmed_at":"2026-11-03T12:00:02Z","used_at":"2026-11-03T12:00:03Z"},` +
		`{"id":"fct_2","state":"pending","secret":"cw==","created_at":"2026-11-03T12:00:04Z",` +
		`"pending":{"expires_at":"2026-11-03T12:00:05Z","replaces":"fct_1","begun_by":"key_1","step_up_id":"sut_1"}}],` +
		`"generation":"g"}`
	want := domain.SecondFactor{Generation: "g", Factors: []domain.Factor{{
		ID: "fct_1", Type: domain.FactorTOTP, Name: "phone", State: domain.FactorActive,
		TOTP:      domain.TOTP{Secret: []byte{0, 1, 255}, LastStep: 59_000_000, Drift: -3},
		CreatedAt: at(1), ConfirmedAt: at(2), LastUsedAt: at(3),
	}, {
		ID: "fct_2", Type: domain.FactorTOTP, State: domain.FactorPending, TOTP: domain.TOTP{Secret: []byte("s")}, CreatedAt: at(4),
		Pending: domain.PendingFactor{ExpiresAt: at(5), Replaces: "fct_1", BegunBy: "key_1", StepUpID: "sut_1"},
	}}}
	text, err := encodeSecondFactor(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(written, text); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	read, err := decodeSecondFactor(written)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
