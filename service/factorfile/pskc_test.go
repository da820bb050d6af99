package factorfile_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/service/factorfile"
)

func encrypted(t *testing.T) (string, factorfile.Options) {
	t.Helper()
	o := factorfile.Options{Key: secret("0123456789abcdef")}
	return write(t, factorfile.PSKC, three(), o), o
}

// change replaces the first match of a pattern's group, which has to be there.
func change(t *testing.T, text, pattern string, by func(string) string) string {
	t.Helper()
	at := regexp.MustCompile(pattern).FindStringSubmatchIndex(text)
	if at == nil {
		t.Fatalf("%s is not in\n%s", pattern, text)
	}
	return text[:at[2]] + by(text[at[2]:at[3]]) + text[at[3]:]
}

// flip changes one bit of what a base64 text says.
func flip(t *testing.T, at int) func(string) string {
	return func(text string) string {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		raw[at] ^= 1
		return base64.StdEncoding.EncodeToString(raw)
	}
}

func remove(string) string { return "" }

// cut is the first ten bytes of what a base64 text says.
func cut(text string) string {
	raw, _ := base64.StdEncoding.DecodeString(text)
	return base64.StdEncoding.EncodeToString(raw[:10])
}

func TestAnEncryptedSecretIsUsedOnlyAfterItsMACWasChecked(t *testing.T) {
	t.Parallel()
	whole, o := encrypted(t)
	const second = `(?s)</pskc:KeyPackage>.*?`
	const value = second + `<pskc:Secret>.*?<xenc:CipherValue>(.*?)</xenc:CipherValue>`
	const valueMAC = second + `<pskc:ValueMAC>(.*?)</pskc:ValueMAC>`
	for name, text := range map[string]string{
		"the initialization vector is changed": change(t, whole, value, flip(t, 3)),
		"the secret is changed":                change(t, whole, value, flip(t, 17)),
		"the MAC is changed":                   change(t, whole, valueMAC, flip(t, 0)),
		"the MAC is shorter":                   change(t, whole, valueMAC, cut),
		"the MAC is empty":                     change(t, whole, valueMAC, remove),
		"the MAC is no base64":                 change(t, whole, valueMAC, func(string) string { return "?" }),
		"the MAC is missing":                   change(t, whole, second+`(<pskc:ValueMAC>.*?</pskc:ValueMAC>)`, remove),
		"another method":                       change(t, whole, second+`<pskc:Secret>.*?(aes128)-cbc`, func(string) string { return "aes256" }),
		"a method that is not known":           change(t, whole, second+`<pskc:Secret>.*?(aes128-cbc)`, func(string) string { return "kw-aes128" }),
	} {
		got := read(t, factorfile.PSKC, text, o)
		if len(got) != 3 || got[0].Refusal != nil || got[1].Refusal == nil || got[1].Refusal.Field != "Secret" || got[2].Refusal != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	noMACs := change(t, whole, `(?s)(<pskc:MACMethod.*?</pskc:MACMethod>)`, remove)
	for _, r := range read(t, factorfile.PSKC, noMACs, o) {
		if r.Refusal == nil {
			t.Errorf("without a method of the MACs: %+v", r)
		}
	}
}

func TestAnEncryptedFileSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	byKey, o := encrypted(t)
	byPassword := write(t, factorfile.PSKC, three(), factorfile.Options{Password: secret(password)})
	derived := func(pattern, by string) string {
		return change(t, byPassword, pattern, func(string) string { return by })
	}
	encryptionKey := regexp.MustCompile(`(?s)<pskc:EncryptionKey>.*</pskc:EncryptionKey>`).FindString(byPassword)
	derivedKey := regexp.MustCompile(`(?s)<xenc11:DerivedKey>.*</xenc11:DerivedKey>`).FindString(byPassword)
	notDerived := "The key of the file is not derived by PBKDF2 with HMAC for AES. Export it again with AES-CBC and PBKDF2."
	for name, test := range map[string]struct {
		text string
		o    factorfile.Options
		want string
	}{
		"no password":        {byPassword, factorfile.Options{}, factorfile.ErrPasswordNeeded.Detail},
		"a key for password": {byPassword, o, factorfile.ErrPasswordNeeded.Detail},
		"no key":             {byKey, factorfile.Options{}, factorfile.ErrKeyNeeded.Detail},
		"a short key":        {byKey, factorfile.Options{Key: secret("short")}, factorfile.ErrKeyNeeded.Detail},
		"a password for key": {byKey, factorfile.Options{Password: secret(password)}, factorfile.ErrKeyNeeded.Detail},
		"another key length": {byKey, factorfile.Options{Key: secret("0123456789abcdef0123456789abcdef")}, "AES-CBC"},
		"too many rounds":    {derived(`<IterationCount>(\d+)<`, "1000001"), factorfile.Options{Password: secret(password)}, "more than 1,000,000 rounds"},
		"two keys":           {derived(`()<pskc:EncryptionKey>`, encryptionKey), factorfile.Options{Password: secret(password)}, "several encryption keys"},
		"a key twice":        {derived(`()<xenc11:DerivedKey>`, derivedKey), factorfile.Options{Password: secret(password)}, "several encryption keys"},
		"no rounds":          {derived(`<IterationCount>(\d+)<`, "0"), factorfile.Options{Password: secret(password)}, notDerived},
		"a key of 1 MiB":     {derived(`<KeyLength>(\d+)<`, "1048576"), factorfile.Options{Password: secret(password)}, notDerived},
		"no salt":            {derived(`<Specified>(.*?)<`, ""), factorfile.Options{Password: secret(password)}, notDerived},
		"MD5":                {derived(`<PRF Algorithm=".*?#(.*?)"`, "hmac-md5"), factorfile.Options{Password: secret(password)}, notDerived},
		"scrypt":             {derived(`Algorithm=".*?#(pbkdf2)"`, "scrypt"), factorfile.Options{Password: secret(password)}, notDerived},
		"MACs by MD5":        {derived(`MACMethod Algorithm=".*?#(.*?)"`, "hmac-md5"), factorfile.Options{Password: secret(password)}, "The MACs"},
	} {
		records, err := readAll(factorfile.PSKC, test.text, test.o)
		if len(records) > 0 || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d records, %v", name, len(records), err)
		}
	}
}

func TestAWrongKeyIsToldBeforeAnyRecord(t *testing.T) {
	t.Parallel()
	text, _ := encrypted(t)
	const ofTheFile = `(?s)<pskc:MACMethod.*?(<pskc:MACKey>.*?</pskc:MACKey>)`
	for name, text := range map[string]string{
		"the MACs have a key of their own":  text, // one wrong key in sixteen pads it well
		"the MACs have the key of the file": change(t, text, ofTheFile, remove),
	} {
		for i := range 200 {
			wrong := factorfile.Options{Key: secret(fmt.Sprintf("0123456789abc%03d", i))}
			records, err := readAll(factorfile.PSKC, text, wrong)
			if len(records) > 0 || !errors.Is(err, factorfile.ErrWrongPassword) {
				t.Errorf("%s, key %d: %d records, %v", name, i, len(records), err)
			}
		}
	}
}

func TestAKeyThatIsNotForPlainCodesIsRefused(t *testing.T) {
	t.Parallel()
	plain := write(t, factorfile.PSKC, three()[:1], factorfile.Options{Plain: true})
	for _, test := range []struct{ pattern, by, field string }{
		{`Algorithm=".*?:(totp)"`, "hotp", "Algorithm"},
		{`Algorithm=".*?:(totp)"`, "ocra", "Algorithm"},
		{`( Algorithm="urn.*?")`, "", "Algorithm"},
		{`<pskc:Suite>(.*?)<`, "HMAC-SHA384", "Suite"},
		{`Length="(\d)"`, "7", "ResponseFormat"},
		{`Encoding="(.*?)"/`, "HEXADECIMAL", "ResponseFormat"},
		{`(Encoding=".*?")/`, `Encoding="DECIMAL" CheckDigits="true"`, "ResponseFormat"},
		{`(?s)<pskc:TimeInterval><pskc:PlainValue>(.*?)<`, "14", "TimeInterval"},
		{`(?s)<pskc:TimeInterval>(<pskc:PlainValue>.*?)</pskc:TimeInterval>`, "", "TimeInterval"},
		{`(?s)<pskc:Secret>(<pskc:PlainValue>.*?)</pskc:Secret>`, "", "Secret"},
		{`(?s)<pskc:Secret><pskc:PlainValue>(.*?)<`, "?", "Secret"},
		{`(?s)<pskc:Secret><pskc:PlainValue>(.*?)<`, "MTIz", "Secret"},
		{`(?s)(<pskc:UserId>.*?</pskc:UserId>)`, "", "user"},
		{`</pskc:UserId>()`, `<pskc:Policy><pskc:PINPolicy PINUsageMode="Append"/></pskc:Policy>`, "PINPolicy"},
		{`</pskc:UserId>()`, `<pskc:Policy><pskc:KeyUsage>Encrypt</pskc:KeyUsage></pskc:Policy>`, "KeyUsage"},
	} {
		got := read(t, factorfile.PSKC, change(t, plain, test.pattern, func(string) string { return test.by }), factorfile.Options{})
		if len(got) != 1 || got[0].Refusal == nil || got[0].Refusal.Field != test.field {
			t.Errorf("%s: %+v, want %s refused", test.by, got, test.field)
		}
	}
	local := change(t, plain, `</pskc:UserId>()`, func(string) string {
		return `<pskc:Policy><pskc:PINPolicy PINUsageMode="Local"/><pskc:KeyUsage>OTP</pskc:KeyUsage></pskc:Policy>`
	})
	compare(t, three()[:1], withoutAliases(read(t, factorfile.PSKC, local, factorfile.Options{})))
	noSuite := change(t, plain, `(<pskc:Suite>.*?</pskc:Suite>)`, remove)
	compare(t, three()[:1], withoutAliases(read(t, factorfile.PSKC, noSuite, factorfile.Options{})))
}

// privacyIDEA writes lower case, and no users.
func TestPSKCOfPrivacyIDEAIsRead(t *testing.T) {
	t.Parallel()
	text := file(t, "privacyidea-pskc.xml")
	o := factorfile.Options{Key: secret("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f")}
	compare(t, []factorfile.Record{
		refused(1, "user", func(r *factorfile.Record) { r.Name = "TOTP0001A" }),
		refused(2, "Algorithm", func(r *factorfile.Record) { r.Name = "OATH0002B" }),
	}, read(t, factorfile.PSKC, text, o))
	withUser := strings.Replace(text, "</deviceinfo>", "<userid>alice</userid></deviceinfo>", 1)
	compare(t, []factorfile.Record{
		with(totp(1, rfc6238), func(r *factorfile.Record) {
			r.UserID, r.Username, r.Name, r.Algorithm, r.Digits, r.Period = "alice", "alice", "TOTP0001A", "SHA256", 8, time.Minute
		}),
		refused(2, "Algorithm", func(r *factorfile.Record) { r.Name = "OATH0002B" }),
	}, read(t, factorfile.PSKC, withUser, o))
}

func TestNoEntityOfAnXMLFileIsExpanded(t *testing.T) {
	t.Parallel()
	plain := write(t, factorfile.PSKC, three()[:1], factorfile.Options{Plain: true})
	for _, text := range []string{
		strings.Replace(plain, "<pskc:KeyContainer", `<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]><pskc:KeyContainer`, 1),
		strings.Replace(plain, "UID=alice", "&x;", 1),
		strings.Replace(plain, `encoding="UTF-8"`, `encoding="ISO-8859-1"`, 1),
		strings.Replace(plain, "</pskc:KeyContainer>", "", 1),
		strings.Replace(plain, "</pskc:KeyPackage>", "</pskc:Key>", 1),
		strings.Replace(plain, "UID=alice", strings.Repeat("a", 2<<20), 1),
		strings.Replace(plain, "UID=alice", strings.Repeat("<a>", 100), 1),
		strings.Replace(plain, "<pskc:KeyPackage>", strings.Repeat("<a>", 1000), 1),
		strings.Replace(plain, "UID=alice", strings.Repeat("<a></a>", 2000), 1),
	} {
		records, err := readAll(factorfile.PSKC, text, factorfile.Options{})
		var mistake *factorfile.FileError
		if !errors.As(err, &mistake) || len(records) > 1 {
			t.Errorf("%.200s: %d records, %v", text, len(records), err)
		}
	}
}
