package factorfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/factorfile"
)

// Nothing of a header is quoted: in a file without one the first line has secrets.
func TestAHeaderThatLacksSomethingIsToldWhat(t *testing.T) {
	t.Parallel()
	line := "\nalice," + rfc6238Text + "\n"
	for _, test := range []struct{ text, person, want string }{
		{"username;secret\nalice;" + rfc6238Text + "\n", "", "The columns are separated by semicolons. Save it as CSV with commas, in UTF-8."},
		{"\"username\";\"secret\"\nalice;" + rfc6238Text + "\n", "", "separated by semicolons."},
		{"username\tsecret\nalice\t" + rfc6238Text + "\n", "", "separated by tabs."},
		{"usernam,secret" + line, "", "Column 1 of the header is none of user_id, username, email, secret,"},
		{"username,seed" + line, "", "Column 2 of the header is none of"},
		{"username,name" + line, "", "The header has no column secret."},
		{"secret,name" + line, "", "The header has none of the columns user_id, username, email."},
		{"username,secret" + line, "email", "The header has no column email, by which --user-key is to find the people. It has username: choose that, or rename a column."},
		{"user_id,email,secret" + line, "username", "It has user_id and email:"},
		{"alice," + rfc6238Text + "\n", "", "This is not a CSV file with a header."},
	} {
		records, err := readAll(factorfile.CSV, test.text, factorfile.Options{Person: test.person})
		var file *factorfile.FileError
		if len(records) > 0 || !errors.As(err, &file) || !strings.Contains(file.Detail, test.want) || strings.Contains(file.Detail, rfc6238Text) {
			t.Errorf("%q: %d records, %v; want %q", test.text, len(records), err, test.want)
		}
	}
	records, err := readAll(factorfile.CSV, "email,secret"+line, factorfile.Options{Person: "email"})
	if err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// An empty file is what one that broke off is too.
func TestAFileOfURIsWithoutAnyIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	if err := factorfile.Write(factorfile.OTPAuth, &file, func(func(factorfile.Record, error) bool) {}, factorfile.Options{Plain: true}); err != nil {
		t.Fatal(err)
	}
	records, err := readAll(factorfile.OTPAuth, file.String(), factorfile.Options{})
	if err != nil || len(records) > 0 {
		t.Errorf("%q: %d records, %v", file.String(), len(records), err)
	}
}
