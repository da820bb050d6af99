package factorfile

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// csvColumns are the columns of our own format, in the order in which they are
// written.
var csvColumns = []string{"user_id", "username", "email", "secret", "algorithm", "digits", "period_seconds", "name"}

// csvPeople are those of which one has to say whose a factor is.
var csvPeople = []string{"user_id", "username", "email"}

// readCSV reads RFC 4180, but that a value may not go over several lines: a
// missing quotation mark would swallow the rest of the file.
func readCSV(in *bufio.Reader, o Options, emit func(Record) error) error {
	var header []string
	return bounded.EachLine(in, func(l bounded.Line) (err error) {
		if header == nil {
			header, err = newCSVHeader(l, o.Person)
			return err
		}
		r := Record{Number: l.Number, Refusal: lineRefusal(l)}
		values, ok := csvRecord(l)
		switch {
		case l.Fault != "":
		case !ok:
			r.refuse("line", "The quotation marks do not match. A value with a comma or a quotation mark is quoted, and does not go over several lines.")
		case len(values) != len(header):
			r.refuse("line", fmt.Sprintf("The line has %d columns, and the header has %d.", len(values), len(header)))
		default:
			r.takeCSV(header, values)
		}
		return emit(r)
	})
}

func newCSVHeader(l bounded.Line, person string) ([]string, error) {
	header, ok := csvValues(l.Text)
	if !ok || l.Fault != "" {
		return nil, wrongKind(CSV)
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(header[i]))
		if !slices.Contains(csvColumns, header[i]) || slices.Contains(header[:i], header[i]) {
			detail := fmt.Sprintf("Column %d of the header is none of %s, or is there twice. Rename it or take it out.", i+1, strings.Join(csvColumns, ", "))
			return nil, fileError(detail)
		}
	}
	return header, lacksColumn(header, person)
}

// lacksColumn refuses a header without what a factor needs.
func lacksColumn(header []string, person string) error {
	named := slices.DeleteFunc(slices.Clone(csvPeople), func(c string) bool { return !slices.Contains(header, c) })
	switch {
	case !slices.Contains(header, "secret"):
		return fileError("The header has no column secret. Rename the one that has the secrets.")
	case len(named) == 0:
		return fileError("The header has none of the columns " + strings.Join(csvPeople, ", ") + ". Rename the one that says whose each factor is.")
	case person != "" && !slices.Contains(named, person):
		return fileError("The header has no column " + person + ", by which --user-key is to find the people. It has " + strings.Join(named, " and ") + ": choose that, or rename a column.")
	}
	return nil
}

// csvHeader reports whether a file begins with a header that has what a factor
// needs.
func csvHeader(first string) bool {
	columns := split(strings.ToLower(strings.ReplaceAll(first, `"`, "")))
	return slices.Contains(columns, "secret") && slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(csvPeople, c) })
}

// almostCSV reports whether the first line of a file names a column, so that its
// reader says what is wrong with the header; one that is separated by something else
// than commas is an error.
func almostCSV(first string) (almost bool, err error) {
	for name, separator := range map[string]string{"semicolons": ";", "tabs": "\t"} {
		if csvHeader(strings.ReplaceAll(first, separator, ",")) {
			return false, fileError("The columns are separated by " + name + ". Save it as CSV with commas, in UTF-8.")
		}
	}
	columns := split(strings.ToLower(strings.ReplaceAll(first, `"`, "")))
	return slices.ContainsFunc(columns, func(c string) bool { return slices.Contains(csvColumns, c) }), nil
}

// csvRecord keeps the blanks at either end of the line, which may be those of an id;
// beside quotation marks they are none's.
func csvRecord(l bounded.Line) (values []string, ok bool) {
	if values, ok = csvValues(l.Raw); ok {
		return values, true
	}
	return csvValues(l.Text)
}

func csvValues(text string) (values []string, ok bool) {
	values, err := csv.NewReader(strings.NewReader(text)).Read()
	return values, err == nil
}

func (r *Record) takeCSV(header, values []string) {
	raw := func(name string) string {
		if i := slices.Index(header, name); i >= 0 {
			return values[i]
		}
		return ""
	}
	column := func(name string) string { return strings.TrimSpace(raw(name)) }
	text := func(name string) string { return strings.TrimSpace(unguarded(raw(name))) }
	r.UserID, r.Username, r.Email, r.Name = unguarded(raw("user_id")), text("username"), text("email"), text("name")
	r.takeBase32("secret", column("secret"))
	r.takeAlgorithm("algorithm", valueOr(column("algorithm"), defaultAlgorithm))
	r.takeDigits("digits", number(column("digits"), defaultDigits))
	r.takePeriod("period_seconds", number(column("period_seconds"), defaultPeriod))
}
