package factorfile

import (
	"bufio"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

var (
	privacyIDEAVersion = regexp.MustCompile(`^#\s*version:\s*2\b`)
	privacyIDEATypes   = []string{"hotp", "totp", "ocra", "tan"}
)

// privacyIDEAToken are the columns of a line, whichever way it is laid out.
type privacyIDEAToken struct {
	user, serial, seed, kind, length, step string
}

// readPrivacyIDEA reads what `pi-tokenjanitor find export --format csv` writes,
// and what privacyIDEA imports, whose second version has users.
func readPrivacyIDEA(in *bufio.Reader, _ Options, emit func(Record) error) error {
	withUsers := false
	return bounded.EachLine(in, func(l bounded.Line) error {
		if l.Fault == "" && strings.HasPrefix(l.Text, "#") {
			withUsers = withUsers || l.Number == 1 && privacyIDEAVersion.MatchString(l.Text)
			return nil
		}
		r := Record{Number: l.Number, Refusal: lineRefusal(l)}
		if l.Fault == "" {
			r.takePrivacyIDEA(privacyIDEAColumns(l.Text, withUsers))
		}
		return emit(r)
	})
}

// privacyIDEA reports whether a file begins as those of privacyIDEA do.
func privacyIDEA(head string) bool {
	if privacyIDEAVersion.MatchString(head) {
		return true
	}
	for line := range strings.Lines(head) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			columns := split(line)
			return isType(at(columns, 2)) || isType(at(columns, 3))
		}
	}
	return false
}

// privacyIDEAColumns: the export has the owner before the serial number, as
// LOGIN@REALM; the import has none, or three columns in its second version.
func privacyIDEAColumns(text string, withUsers bool) privacyIDEAToken {
	columns := split(text)
	user := ""
	switch {
	case withUsers:
		user, columns = columns[0], columns[min(3, len(columns)):]
	case isType(at(columns, 3)) && !isType(at(columns, 2)):
		user, columns = owner(columns[0]), columns[1:]
	}
	return privacyIDEAToken{user, at(columns, 0), at(columns, 1), at(columns, 2), at(columns, 3), at(columns, 4)}
}

func (r *Record) takePrivacyIDEA(t privacyIDEAToken) {
	r.Username, r.Name = t.user, t.serial
	r.takeType("type", valueOr(t.kind, "hotp")) // which it means when there is none
	r.takeDigits("otplen", number(t.length, defaultDigits))
	if t.step == "None" {
		t.step = ""
	}
	r.takePeriod("timestep", number(t.step, defaultPeriod))
	key, err := hex.DecodeString(t.seed)
	if err != nil {
		r.refuse("seed", "The seed is not hexadecimal. Export it without --b32.")
		return
	}
	r.takeAlgorithm("seed", hashByLength(len(key)))
	r.takeSecret("seed", key)
	if r.Username == "" {
		r.refuse("user", "The line does not say whose token it is. Export with users, or begin the file with `# version: 2` and put user, resolver and realm before each line.")
	}
}

// hashByLength: the file does not name the hash. privacyIDEA takes it to be the
// one whose output is as long as the key, and SHA1 for every other length. SHA224
// and SHA384, by keys of 28 and 48 bytes, are refused then.
func hashByLength(bytes int) string {
	switch bytes {
	case 28:
		return "SHA224"
	case 32:
		return "SHA256"
	case 48:
		return "SHA384"
	case 64:
		return "SHA512"
	}
	return "SHA1"
}

// owner is the login of LOGIN@REALM, and nobody for a token without one.
func owner(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return text[:i]
	}
	if text == "n/a" {
		return ""
	}
	return text
}

func split(text string) []string {
	columns := strings.Split(text, ",")
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	return columns
}

func at(columns []string, i int) string {
	if i < len(columns) {
		return columns[i]
	}
	return ""
}

func isType(text string) bool { return slices.Contains(privacyIDEATypes, strings.ToLower(text)) }
