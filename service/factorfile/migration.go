package factorfile

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

// The message of Google Authenticator's export is not documented, but known:
//
//	MigrationPayload: 1 repeated OtpParameters, 2 version, 3 batch_size, 4 batch_index, 5 batch_id
//	OtpParameters: 1 secret, 2 name, 3 issuer, 4 algorithm (1 SHA1, 2 SHA256, 3 SHA512, 4 MD5),
//	  5 digits (1 six, 2 eight), 6 type (1 HOTP, 2 TOTP), 7 counter
//
// It has no period: it is 30 seconds. It is taken apart by protowire alone, since
// generated code would need protoc for a dozen fields.

// readMigration reads the parts of an export, of which one QR code has one each,
// and says which parts are missing.
func readMigration(in *bufio.Reader, _ Options, emit func(Record) error) error {
	parts := migrationParts{}
	err := bounded.EachLine(in, func(l bounded.Line) error {
		if l.Fault == "" && strings.HasPrefix(l.Text, "#") {
			return nil
		}
		records, part := migrationLine(l)
		parts.add(part)
		for _, r := range records {
			if err := emit(r); err != nil {
				return err
			}
		}
		return nil
	})
	if missing := parts.missing(); err == nil && missing > 0 {
		detail := fmt.Sprintf("The export is not whole: %d of its QR codes are missing. Scan them too, and import all of them.", missing)
		return emit(Record{Refusal: &Refusal{Field: "batch", Detail: detail}})
	}
	return err
}

func migrationLine(l bounded.Line) ([]Record, migrationPart) {
	refused := func(field, detail string) ([]Record, migrationPart) {
		return []Record{{Refusal: &Refusal{Field: field, Detail: detail}}}, migrationPart{}
	}
	if l.Fault != "" {
		return []Record{{Refusal: lineRefusal(l)}}, migrationPart{}
	}
	u, err := url.Parse(l.Text)
	if err != nil || !strings.EqualFold(u.Scheme, "otpauth-migration") {
		return refused("uri", "This is no otpauth-migration:// URI. Write what each QR code says, one on each line.")
	}
	// A + that was not escaped reads as a blank.
	data := strings.TrimRight(strings.ReplaceAll(u.Query().Get("data"), " ", "+"), "=")
	payload, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil {
		return refused("data", "The data is no base64. Scan the QR code again.")
	}
	records, part, err := migrationPayload(payload)
	if err != nil || len(records) == 0 {
		return refused("data", "The data is not what Google Authenticator exports. Scan the QR code again.")
	}
	return records, part
}

func migrationPayload(payload []byte) (records []Record, part migrationPart, err error) {
	err = eachField(payload, func(n protowire.Number, value uint64, text []byte) error {
		switch n {
		case 1:
			r, err := migrationFactor(text)
			records = append(records, r)
			return err
		case 3:
			part.size = int64(value)
		case 4:
			part.index = int64(value)
		case 5:
			part.batch = int64(value)
		}
		return nil
	})
	return records, part, err
}

func migrationFactor(message []byte) (Record, error) {
	var secret []byte
	var name, issuer string
	var algorithm, digits, kind uint64
	err := eachField(message, func(n protowire.Number, value uint64, text []byte) error {
		switch n {
		case 1:
			secret = text
		case 2:
			name = string(text)
		case 3:
			issuer = string(text)
		case 4:
			algorithm = value
		case 5:
			digits = value
		case 6:
			kind = value
		}
		return nil
	})
	if err != nil {
		return Record{}, err
	}
	var r Record
	r.takeAny(labelAccount(name, issuer))
	r.takeType("type", pick(kind, "", "hotp", "totp"))
	r.takeSecret("secret", secret)
	r.takeAlgorithm("algorithm", pick(algorithm, defaultAlgorithm, "SHA1", "SHA256", "SHA512"))
	r.takeDigits("digits", pick(digits, defaultDigits, 6, 8))
	r.takePeriod("period", defaultPeriod)
	return r, nil
}
