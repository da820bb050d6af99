package factorfile_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/factorfile"
)

func TestASecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	key := "zyxwvutsrqponmlk"
	record := factorfile.Record{Secret: factorfile.NewSecret([]byte(key))}
	options := factorfile.Options{Password: factorfile.NewSecret([]byte(key)), Key: factorfile.NewSecret([]byte(key))}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", record, options, record.Secret)
	}
	fmt.Fprint(&out, record, &record, options, record.Secret.String(), record.Secret.GoString())
	slog.New(slog.NewJSONHandler(&out, nil)).Info("", "record", record, "options", options, "secret", record.Secret)
	slog.New(slog.NewTextHandler(&out, nil)).Info("", "record", record, "options", options, "secret", record.Secret)
	if err := json.NewEncoder(&out).Encode([]any{record, options, record.Secret}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{key[:4], "122 121", "7a79", "7A79", "enl4"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s is in\n%s", form, out.String())
		}
	}
	if string(record.Secret.Bytes()) != key {
		t.Error("the secret is not what it was made of")
	}
}

// What people are called is told, though it is long.
func TestWhatCouldBeASecretIsNoName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"JBSWY3DPEHPK3PXP": true, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJA======": true, "JBSW Y3DP EHPK 3PXP": true, "jbsw-y3dp-ehpk-3pxp": true,
		" JBSWY3DPEHPK3PXP ": true, "ABCDEFGHIJKLMNOP": true, "3132333435363738393031323334353637383930": true, "DEADBEEFdeadbeef0123456789012345": true,
		"": false, "JBSWY3DPEHPK3PX": false, "JBSWY3DPEHPK3PX1": false, "ada@example.com": false, "christopherjohnson": false, "u-1842": false,
		"f5a1d6a0-0000-4000-8000-000000000001": false, "313233343536373839303132333435": false, "01ARZ3NDEKTSV4RRFFQ69G5FAV": false,
	} {
		if got := factorfile.MaybeSecret(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
