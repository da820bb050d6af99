package outage_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/outage"
)

func TestAnOutageIsLoggedWhenItBeginsAndWhenItEnds(t *testing.T) {
	t.Parallel()
	const begins, ends = "level=WARN msg=broken a=b error=why\n", "level=INFO msg=mended a=b\n"
	why := errors.New("why")
	for _, test := range []struct {
		failing bool
		went    []error
		want    string
	}{
		{false, []error{nil, why, why, nil, nil, why}, begins + ends + begins},
		{true, []error{why, nil, why}, ends + begins},
	} {
		var log strings.Builder
		withoutTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		l := outage.New(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime})), "broken", "mended", test.failing)
		for _, err := range test.went {
			l.Note(err, "a", "b")
		}
		if diff := cmp.Diff(test.want, log.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
