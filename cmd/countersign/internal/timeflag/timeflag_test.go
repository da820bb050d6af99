package timeflag

import (
	"testing"
	"time"
)

func TestATimeAndADayAreReadAndNothingElse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z": "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00": "2026-01-31T10:00:00Z", "2026-01-31": "2026-01-31T00:00:00Z",
		"": "", "yesterday": "", "2026-01-31 12:00": "", "2026-02-30": "", "1769860800": "",
	} {
		var got Time
		err := got.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") || err == nil && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; want %q", text, got, err, want)
		}
	}
}
