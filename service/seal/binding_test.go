package seal

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What is stored was sealed with these bytes, and opens with no others: none of
// them may ever change.
func TestTheBytesThatBindACiphertextToItsPlaceNeverChange(t *testing.T) {
	t.Parallel()
	generated := time.Date(2026, time.January, 2, 3, 4, 5, 678_901_234, time.FixedZone("", 3600))
	const text = "\x00\x00\x00\x00\x00\x00\x00" // of the length before a text, all but its last byte
	const none = text + "\x00"
	for name, test := range map[string]struct {
		binding Binding
		want    string
	}{
		"the secret of a factor": {
			TOTPSecret("acme", "u-1", 0x0102030405060708, "fct_1"),
			"\x01" + text + "\x0btotp-secret" + text + "\x04acme" + text + "\x03u-1" + "\x01\x02\x03\x04\x05\x06\x07\x08" + text + "\x05fct_1",
		},
		"a recovery code": {
			RecoveryCode("acme", "u-1", 2, generated, 7),
			"\x01" + text + "\x0drecovery-code" + text + "\x04acme" + text + "\x03u-1" + text + "\x02" + text + "\x121767319445678901/7",
		},
		"an answer": {
			Answer("acme", "u-1", "AbC"),
			"\x01" + text + "\x11idempotent-answer" + text + "\x04acme" + text + "\x03u-1" + none + text + "\x03AbC",
		},
		"a key of the service": {
			Key("recovery_code", "rck_1"),
			"\x01" + text + "\x03key" + none + none + none + text + "\x13recovery_code/rck_1",
		},
		"the secret of a webhook": {
			WebhookSecret("acme", "wh_1"),
			"\x01" + text + "\x0ewebhook-secret" + text + "\x04acme" + none + none + text + "\x04wh_1",
		},
		"a key of the keyset": {
			Keyset("4294967295"),
			"\x01" + text + "\x0akeyset-key" + none + none + none + text + "\x0a4294967295",
		},
	} {
		if diff := cmp.Diff(strings.Split(test.want, ""), strings.Split(string(test.binding.associatedData()), "")); diff != "" {
			t.Errorf("%s is bound by other bytes (-want +got):\n%s", name, diff)
		}
	}
}
