package environment

import "testing"

func TestASettingIsSuggestedOnlyWhereOneIsLikeIt(t *testing.T) {
	t.Parallel()
	known := []string{"COUNTERSIGN_ADDR", "COUNTERSIGN_BOOTSTRAP_TENANT", "COUNTERSIGN_KEYSET", "COUNTERSIGN_DATABASE_URL"}
	for name, want := range map[string]string{
		"COUNTERSIGN_ADR":           "COUNTERSIGN_ADDR",
		"COUNTERSIGN_TENANT":        "COUNTERSIGN_BOOTSTRAP_TENANT",
		"COUNTERSIGN_URL":           "COUNTERSIGN_DATABASE_URL",
		"COUNTERSIGN_KEYSETT":       "COUNTERSIGN_KEYSET",
		"COUNTERSIGN_SMTP_PASSWORD": "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
