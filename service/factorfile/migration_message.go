package factorfile

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxParts bounds what is remembered of a file's batches. A QR code has ten
// factors, so that a person with this many parts has more than any app shows.
const maxParts = 1000

// migrationPart says which part of an export a QR code has.
type migrationPart struct{ batch, size, index int64 }

// migrationParts are the parts that were found, without those that are alone.
type migrationParts map[migrationPart]bool

func (m migrationParts) add(part migrationPart) {
	if part.size > 1 && len(m) < maxParts {
		m[part] = true
	}
}

// missing is how many parts of the batches were not found.
func (m migrationParts) missing() (missing int64) {
	type batch struct{ id, size int64 }
	found := map[batch]int64{}
	for part := range m {
		found[batch{part.batch, part.size}]++
	}
	for b, n := range found {
		missing += max(0, b.size-n)
	}
	return missing
}

// errNotMigration is of a payload that is not such a message.
var errNotMigration = errors.New("factorfile: not a migration payload")

// pick is the value of an enumeration; the zero value if it has no such member.
func pick[T any](n uint64, members ...T) (value T) {
	if n < uint64(len(members)) {
		value = members[n]
	}
	return value
}

// eachField calls do with the fields of a message. Two kinds of fields occur;
// others are passed over, as protobuf asks.
func eachField(message []byte, do func(n protowire.Number, value uint64, text []byte) error) error {
	for len(message) > 0 {
		n, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return errNotMigration
		}
		message = message[size:]
		var value uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			value, size = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, size = protowire.ConsumeBytes(message)
		default:
			size = protowire.ConsumeFieldValue(n, kind, message)
		}
		if size < 0 {
			return errNotMigration
		}
		message = message[size:]
		if err := do(n, value, text); err != nil {
			return err
		}
	}
	return nil
}
