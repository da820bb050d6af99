package factorfile

import (
	"bufio"
	"errors"
	"io"
	"iter"
)

// reader reads the records of one format. What emit returns ends it.
type reader func(in *bufio.Reader, o Options, emit func(Record) error) error

var readers = map[Format]reader{
	Keycloak:         readKeycloak,
	Authelia:         readAuthelia,
	Auth0:            readAuth0,
	Kratos:           readKratos,
	PrivacyIDEACSV:   readPrivacyIDEA,
	PSKC:             readPSKC,
	OTPAuth:          readOTPAuth,
	OTPAuthMigration: readMigration,
	CSV:              readCSV,
}

// Read reads the records of a file, which it goes through once. An error ends
// it: a [*FileError], or what r failed with. A file of another kind fails before
// any record; a file that is broken further on, where it is broken.
func Read(f Format, r io.Reader, o Options) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		last := 0
		err := read(f, r, o, func(record Record) error {
			if record.Number == 0 {
				record.Number = last + 1
			}
			last = record.Number
			if !yield(record.judged(), nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Record{}, told(err))
		}
	}
}

func read(f Format, r io.Reader, o Options, emit func(Record) error) error {
	readRecords, known := readers[f]
	if !known {
		return fileError("This format is not read. Use one of those that --help names.")
	}
	in, err := open(r, o)
	if err != nil {
		return err
	}
	if err := recognise(f, in); err != nil {
		return err
	}
	return readRecords(in, o, emit)
}
