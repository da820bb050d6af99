package response

import "encoding/binary"

// Major types of RFC 8949, section 3.1.
const (
	cborUnsigned byte = iota << 5
	cborNegative
	cborByteString
	cborTextString
	_
	cborMap
)

// cborHead appends a major type with its argument in the fewest bytes, as the canonical form of CTAP2
// demands; 65535 is more than anything here has.
func cborHead(b []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	}
	return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
}

func cborInt(b []byte, n int) []byte {
	if n < 0 {
		return cborHead(b, cborNegative, -1-n)
	}
	return cborHead(b, cborUnsigned, n)
}

func cborText(b []byte, s string) []byte { return append(cborHead(b, cborTextString, len(s)), s...) }

func cborBytes(b, s []byte) []byte { return append(cborHead(b, cborByteString, len(s)), s...) }
