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
