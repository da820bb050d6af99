package pg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Of two that differ in their letters the server takes the one that comes last.
func TestWhatIsPinnedIsNamedOnce(t *testing.T) {
	t.Parallel()
	params := map[string]string{"DateStyle": "German", "CLIENT_ENCODING": "LATIN1", "application_name": "cs"}
	pinSettings(params, false)
	want := map[string]string{
		"datestyle": "ISO, MDY", "client_encoding": "UTF8", "standard_conforming_strings": "on", "application_name": "cs",
	}
	if diff := cmp.Diff(want, params); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
