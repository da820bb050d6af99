package lifetime

import (
	"testing"
	"time"
)

func TestLifetimesAreCountedInDaysAndWeeksToo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"90d": 90 * 24 * time.Hour, "2w": 14 * 24 * time.Hour, "1w2d": 9 * 24 * time.Hour, "1d12h": 36 * time.Hour,
		"36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "5s": 5 * time.Second,
		"9999d": 9999 * 24 * time.Hour,
	} {
		var got Lifetime
		if err := got.UnmarshalText([]byte(text)); err != nil || time.Duration(got) != want {
			t.Errorf("%q is %v, %v; want %v", text, time.Duration(got), err, want)
		}
	}
}

func TestALifetimeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "0", "0d", "0w0d", "90", "d", "w", "-90d", "90d-", "-5m", "1d-36h", "2d1w", "1.5d", "1mo", "1y", "90D", " 90d",
		"99999d", "9999w9999d2500000h", "3000000h", "٩d",
	} {
		var l Lifetime
		if err := l.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %v", text, time.Duration(l))
		}
	}
}
