package factortest_test

import (
	"testing"
	"time"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

// The first of each of RFC 6238, appendix B.
func TestADeviceIsTheStandards(t *testing.T) {
	t.Parallel()
	const secret = "1234567890123456789012345678901234567890123456789012345678901234"
	for algorithm, want := range map[domain.OTPAlgorithm]struct {
		bytes int
		code  string
	}{domain.SHA1: {20, "94287082"}, domain.SHA256: {32, "46119246"}, domain.SHA512: {64, "90693936"}} {
		d := factortest.Device{Secret: []byte(secret[:want.bytes]), Algorithm: algorithm, Digits: 8, Period: 30 * time.Second}
		if got := d.CodeAt(d.StepAt(time.Unix(59, 0))); got != want.code {
			t.Errorf("%s: %s, want %s", algorithm, got, want.code)
		}
		if d.Digits = 6; d.CodeAt(1) != want.code[2:] {
			t.Errorf("%s, six digits: %s", algorithm, d.CodeAt(1))
		}
	}
}
