// Package qrcode paints QR codes as PNG and SVG (ISO/IEC 18004): black on
// white, error correction M, and the quiet zone of four modules that the norm
// asks and many painters forget.
package qrcode

import (
	"encoding/base64"
	"errors"

	qr "github.com/piglig/go-qr"
)

const (
	// PNGType is the media type of what [Symbol.PNG] returns.
	PNGType = "image/png"
	// SVGType is the media type of what [Symbol.SVG] returns.
	SVGType = "image/svg+xml"

	// quietZone is the white border in modules (ISO/IEC 18004, section 6.3.8).
	quietZone = 4
	// moduleSize is the length of a module's side in pixels: the bits of a byte, which the PNG makes use of.
	moduleSize = 8
)

// ErrContent says that a content is empty or longer than a QR code can hold
// (2,331 bytes). It does not quote the content, which is a secret.
var ErrContent = errors.New("qrcode: the content is empty or too long")

// DataURI returns body as a data URI (RFC 2397), for the src of an img.
func DataURI(mediaType string, body []byte) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(body)
}

// Symbol is a QR code with its quiet zone. It is safe for concurrent use.
type Symbol struct {
	size int    // modules of a side
	dark []bool // row by row from the upper left corner
}

func (s Symbol) row(y int) []bool { return s.dark[y*s.size : (y+1)*s.size] }

// Encode makes the symbol of a content, or fails with ErrContent. That is the
// costly part: it tries the eight masks and keeps the one that scanners read
// best (section 7.8.3). Both pictures can be had of one symbol.
//
// It takes the byte mode, the only one that has lower-case letters and so the
// only one for a URI, and the level M, where the library would like to take a
// higher one if there is room. None of its errors is passed on.
func Encode(content string) (Symbol, error) {
	if content == "" {
		return Symbol{}, ErrContent
	}
	segment, err := qr.MakeBytes([]byte(content))
	if err != nil {
		return Symbol{}, ErrContent
	}
	const lowestPenalty, raiseLevel = -1, false
	code, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Medium, qr.MinVersion, qr.MaxVersion, lowestPenalty, raiseLevel)
	if err != nil {
		return Symbol{}, ErrContent
	}
	return newSymbol(code), nil
}

func newSymbol(code *qr.QrCode) Symbol {
	size := code.Size() + 2*quietZone
	s := Symbol{size: size, dark: make([]bool, size*size)}
	for y := range code.Size() {
		row := s.row(y + quietZone)[quietZone:]
		for x := range code.Size() {
			row[x] = code.Module(x, y)
		}
	}
	return s
}
