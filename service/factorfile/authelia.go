package factorfile

import (
	"bufio"
	"encoding/base64"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

const (
	autheliaList    = "totp_configurations:"
	autheliaColumns = "issuer,username,algorithm,digits,period,secret"
	maxItemBytes    = 16 << 10
)

var listItem = regexp.MustCompile(`^( *)- `)

func autheliaYAML(head string) bool { return strings.Contains("\n"+head, "\n"+autheliaList) }

func autheliaCSV(head string) bool { return firstLine(head) == autheliaColumns }

// readAuthelia reads the three forms of Authelia's export: YAML, CSV and URIs.
func readAuthelia(in *bufio.Reader, o Options, emit func(Record) error) error {
	head, err := peek(in)
	switch {
	case err != nil:
		return err
	case autheliaCSV(head):
		return readAutheliaCSV(in, emit)
	case strings.HasPrefix(strings.ToLower(head), "otpauth://"):
		return readAutheliaURIs(in, o, emit)
	}
	return readAutheliaYAML(in, emit)
}

// readAutheliaURIs passes over the sentence that Authelia prints after them.
func readAutheliaURIs(in *bufio.Reader, _ Options, emit func(Record) error) error {
	return bounded.EachLine(in, func(l bounded.Line) error {
		if l.Fault == "" && strings.HasPrefix(l.Text, "Successfully exported ") {
			return nil
		}
		r := uriRecord(l)
		return emit(Record{Username: r.Username, Secret: r.Secret, Algorithm: r.Algorithm, Digits: r.Digits, Period: r.Period, Refusal: r.Refusal})
	})
}

// readAutheliaCSV: Authelia escapes nothing, so that a comma in a name gives a
// line more columns than it has.
func readAutheliaCSV(in *bufio.Reader, emit func(Record) error) error {
	header := true
	return bounded.EachLine(in, func(l bounded.Line) error {
		if header {
			header = false
			return nil
		}
		r := Record{Refusal: lineRefusal(l)}
		columns := strings.Split(l.Text, ",")
		if len(columns) != 6 {
			r.refuse("line", "The line has not six columns, perhaps for a comma in a name. Export the factors as YAML.")
			return emit(r)
		}
		r.Username = columns[1]
		r.takeAlgorithm("algorithm", columns[2])
		r.takeDigits("digits", number(columns[3], -1))
		r.takePeriod("period", number(columns[4], -1))
		r.takeBase32("secret", columns[5])
		return emit(r)
	})
}

// readAutheliaYAML takes the list apart by its indentation, as Authelia writes
// it, so that one item at a time is in memory.
func readAutheliaYAML(in *bufio.Reader, emit func(Record) error) error {
	var item strings.Builder
	indent, begun := "", false
	flush := func() error {
		text := item.String()
		item.Reset()
		if text == "" {
			return nil
		}
		return emit(autheliaRecord(text))
	}
	err := bounded.EachRawLine(in, func(text string) error {
		dash := listItem.FindStringSubmatch(text)
		switch {
		case !begun:
			begun = strings.HasPrefix(text, autheliaList)
			return nil
		case dash != nil && (indent == "" || dash[1] == indent[1:]):
			if err := flush(); err != nil {
				return err
			}
			indent = "x" + dash[1]
		}
		if indent != "" && item.Len() <= maxItemBytes {
			item.WriteString(text + "\n")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !begun {
		return wrongKind(Authelia)
	}
	return flush()
}

// autheliaItem is all text, so that one wrong value says which it is.
type autheliaItem struct {
	Username  string `yaml:"username"`
	Algorithm string `yaml:"algorithm"`
	Digits    string `yaml:"digits"`
	Period    string `yaml:"period"`
	Secret    string `yaml:"secret"`
}

// autheliaRecord: the secret of the YAML is base64 of the base32 that Authelia
// keeps.
func autheliaRecord(text string) (r Record) {
	var items []autheliaItem
	if len(text) > maxItemBytes {
		r.refuse("record", "The record is longer than 16 KiB. Export it again.")
		return r
	}
	if err := yaml.Unmarshal([]byte(text), &items); err != nil || len(items) != 1 {
		r.refuse("record", "The record is not YAML of the expected form. Export it again.")
		return r
	}
	item := items[0]
	r.Username = item.Username
	r.takeAlgorithm("algorithm", item.Algorithm)
	r.takeDigits("digits", number(item.Digits, -1))
	r.takePeriod("period", number(item.Period, -1))
	base32, err := base64.StdEncoding.DecodeString(item.Secret)
	if err != nil {
		r.refuse("secret", "The secret is no base64. Export it again.")
		return r
	}
	r.takeBase32("secret", string(base32))
	return r
}
