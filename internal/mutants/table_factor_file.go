package main

func init() { mutants = append(mutants, factorFiles...) }

// factorFiles are the guards of files that factors come in and go out by.
var factorFiles = []mutant{
	{"factor file: a MAC that does not match", "service/factorfile/pskc_crypto.go", "if !hmac.Equal(mac.Sum(nil), want) {", "if false && !hmac.Equal(mac.Sum(nil), want) {", "./service/factorfile", "AfterItsMACWasChecked"},
	{"factor file: a MAC that was cut", "service/factorfile/pskc_crypto.go", "if !hmac.Equal(mac.Sum(nil), want) {", "if !hmac.Equal(mac.Sum(nil)[:len(want)], want) {", "./service/factorfile", "AfterItsMACWasChecked"},
	{"factor file: a MAC of another key than the file's", "service/factorfile/pskc_crypto.go", "	k.macKey = macKey\n", "	_ = macKey\n", "./service/factorfile", "PSKC"},
	{"factor file: any method of encryption is AES-CBC", "service/factorfile/pskc_crypto.go", "if method != cbcMethods[len(k.key)] {", "if method == \"\" {", "./service/factorfile", "AfterItsMACWasChecked"},
	{"factor file: a document type", "service/factorfile/bounded/xml.go", "token.(xml.Directive); is {", "token.(xml.Directive); is && false {", "./service/factorfile", "NoEntity"},
	{"factor file: HOTP is taken for TOTP", "service/factorfile/judge.go", `		r.refuse(field, "The factor is HOTP, which counts its uses; only TOTP, which goes by time, is taken over. Let the user enroll again.")`, "		_ = field", "./service/factorfile", "Keycloak|PrivacyIDEA|PSKC|Google"},
	{"factor file: 70 bits are enough", "service/domain/factor.go", "MinOTPSecret = 10", "MinOTPSecret = 9", "./service/factorfile", "JudgedAlone"},
	{"factor file: privacyIDEA's hash is always SHA1", "service/factorfile/privacyidea.go", "	case 32:\n		return \"SHA256\"\n", "", "./service/factorfile", "ByTheLengthOfTheKey"},
	{"factor file: a key of SHA384 is one of SHA1", "service/factorfile/privacyidea.go", "	case 48:\n		return \"SHA384\"\n", "", "./service/factorfile", "ByTheLengthOfTheKey|Hash"},
	{"factor file: Keycloak's text is base32", "service/factorfile/keycloak.go", `		r.takeSecret("secretData", []byte(secret.Value))`, `		r.takeBase32("secretData", string(secret.Value))`, "./service/factorfile", "IsItsText"},
	{"factor file: Keycloak's base32 is text", "service/factorfile/keycloak.go", `		r.takeBase32("secretData", string(secret.Value))`, `		r.takeSecret("secretData", []byte(secret.Value))`, "./service/factorfile", "IsItsText"},
	{"factor file: Authelia's secret is base64 of the key", "service/factorfile/authelia.go", `	r.takeBase32("secret", string(base32))`, `	r.takeSecret("secret", base32)`, "./service/factorfile", "Authelia"},
	{"factor file: a part of an export that is missing", "service/factorfile/migration_message.go", "max(0, b.size-n)", "min(0, b.size-n)", "./service/factorfile", "Google"},
	{"factor file: another kind is read all the same", "service/factorfile/recognise.go", "		return seems(found)\n", "		return nil\n", "./service/factorfile", "AnotherKind"},
	{"factor file: a record without end", "service/factorfile/bounded/budget.go", "	b.left -= n\n", "", "./service/factorfile", "Endless"},
	{"factor file: a decoder's words are told", "service/factorfile/bounded/xml.go", "&Malformed{fmt.Sprintf(\"The file is no well-formed XML in UTF-8 near line %d. Export it again.\", line)}", "&Malformed{err.Error()}", "./service/factorfile", "NoErrorQuotes"},
	{"factor file: a refused record keeps its secret", "service/factorfile/judge.go", "Name: r.Name, Refusal: r.Refusal}", "Name: r.Name, Secret: r.Secret, Refusal: r.Refusal}", "./service/factorfile", "JudgedAlone"},
	{"factor file: a secret prints", "service/factorfile/secret.go", "	_, _ = io.WriteString(f, redacted)", "	_, _ = io.WriteString(f, redacted+string(s.bytes))", "./service/factorfile", "NeverPrinted"},
	{"factor file: it is written in the clear", "service/factorfile/write_pskc.go", "	if !o.Plain {", "	if o.Key.Len() > 0 {", "./service/factorfile", "EncryptedUnless"},
	{"factor file: a password is not asked for", "service/factorfile/write.go", "if !o.Plain && o.Password.Len() == 0 &&", "if false && o.Password.Len() == 0 &&", "./service/factorfile", "EncryptedUnless"},
	{"factor file: a guess at a password is cheap", "service/factorfile/write.go", "var ageWork = 18", "var ageWork = 10", "./service/factorfile", "TakesASecond"},
	{"factor file: a guess at a password of PSKC is cheap", "service/factorfile/write_pskc.go", "var pskcIterations = 600_000", "var pskcIterations = 60_000", "./service/factorfile", "TakesASecond"},
}
