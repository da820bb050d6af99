package totp_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/totp"
)

func TestACodeHasOneSpelling(t *testing.T) {
	t.Parallel()
	malformed := []string{
		"", "12345", "1234567", "123456789", "12345a", "1234567a", " 123456", "123456 ", "123 456", "123-456",
		"+12345", "-12345", "1e5000", "0x1234", "12345\n", "123456\x00\x00", "1234567 ", "\x00\x00\x00\x00\x00\x00",
		"\u00a0123456", "１２３４５６", "١٢٣٤٥٦", "12345６", "12345\xff",
	}
	for _, text := range malformed {
		if code, err := totp.ParseCode(text); !errors.Is(err, totp.ErrMalformedCode) || code != (totp.Code{}) {
			t.Errorf("ParseCode(%q) = %q, %v", text, code.Digits(), err)
		}
	}
	for _, text := range []string{"000000", "000001", "123456", "999999", "00000000", "00000001", "12345678", "99999999"} {
		if code, err := totp.ParseCode(text); err != nil || code.Digits() != text || code.Len() != len(text) {
			t.Errorf("ParseCode(%q) = %q, %v", text, code.Digits(), err)
		}
	}
}

func TestTheErrorDoesNotQuoteTheCode(t *testing.T) {
	t.Parallel()
	if _, err := totp.ParseCode("8675309"); strings.Contains(err.Error(), "8675309") {
		t.Errorf("the error is %q", err)
	}
}

func TestACodeIsNeverPrinted(t *testing.T) {
	t.Parallel()
	code, err := totp.ParseCode("867530")
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "%c", "%U", "%08b"} {
		for _, value := range []any{code, &code, []totp.Code{code}, struct{ Code totp.Code }{code}} {
			if got := fmt.Sprintf(verb, value); !strings.Contains(got, "[code]") || strings.ContainsAny(got, "8753") {
				t.Errorf("%s of %T prints %q", verb, value, got)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("tried", "code", code)
	if got := log.String(); !strings.Contains(got, `"code":"[code]"`) {
		t.Errorf("logged %s", got)
	}
}

func TestEqualCodes(t *testing.T) {
	t.Parallel()
	one, two := standard.CodeAt(vectorSecret, 1), standard.CodeAt(vectorSecret, 2)
	if !one.Equal(standard.CodeAt(vectorSecret, 1)) || one.Equal(two) || one.Equal(totp.Code{}) {
		t.Error("Equal does not compare digits")
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"123456", "000000", " 12345", "12345６", "1234567", "12345678", ""} {
		f.Add(seed)
	}
	wellFormed := regexp.MustCompile(`\A[0-9]{6}([0-9]{2})?\z`)
	f.Fuzz(func(t *testing.T, text string) {
		code, err := totp.ParseCode(text)
		switch {
		case wellFormed.MatchString(text) != (err == nil):
			t.Fatalf("ParseCode(%q) fails with %v", text, err)
		case err == nil && code.Digits() != text:
			t.Fatalf("ParseCode(%q) is %q", text, code.Digits())
		case err != nil && (!errors.Is(err, totp.ErrMalformedCode) || code != totp.Code{}):
			t.Fatalf("ParseCode(%q) is %q, %v", text, code.Digits(), err)
		}
	})
}
