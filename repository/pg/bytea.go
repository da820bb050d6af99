package pg

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"
)

// readEscapedBytes lets bytes be read whatever bytea_output is.
func readEscapedBytes(types *pgtype.Map) {
	types.RegisterType(&pgtype.Type{Name: "bytea", OID: pgtype.ByteaOID, Codec: byteaCodec{}})
}

// byteaCodec reads the escape format too (PostgreSQL, section 8.4.2).
type byteaCodec struct{ pgtype.ByteaCodec }

// PlanScan is pgtype.Codec's.
func (c byteaCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	plan := c.ByteaCodec.PlanScan(m, oid, format, target)
	if _, ok := target.(*[]byte); !ok || format != pgtype.TextFormatCode {
		return plan
	}
	return escapedBytes{plan}
}

type escapedBytes struct{ hex pgtype.ScanPlan }

// Scan reads bytes. A backslash among them is written twice, so that only what is
// in hex begins with \x.
func (p escapedBytes) Scan(text []byte, target any) error {
	if text == nil || bytes.HasPrefix(text, []byte(`\x`)) {
		return p.hex.Scan(text, target)
	}
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		one, size, err := unescape(text)
		if err != nil {
			return err
		}
		plain, text = append(plain, one), text[size:]
	}
	*target.(*[]byte) = plain
	return nil
}

// unescape reads one byte, which is itself, \\ or \ and three octal digits.
func unescape(text []byte) (one byte, size int, err error) {
	switch {
	case text[0] != '\\':
		return text[0], 1, nil
	case len(text) > 1 && text[1] == '\\':
		return '\\', 2, nil
	case len(text) > 3:
		value, err := strconv.ParseUint(string(text[1:4]), 8, 8)
		return byte(value), 4, err
	}
	return 0, 0, errors.New("bytes that end within an escape sequence")
}
