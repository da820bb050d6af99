// Package qrcode paints QR codes as PNG and SVG (ISO/IEC 18004): black on
// white, error correction M, and the quiet zone of four modules that the norm
// asks and many painters forget.
package qrcode

import (
	"encoding/base64"
	"errors"
	"image/color"

	"github.com/boombuler/barcode/qr"
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
// costly part, some milliseconds; both pictures can be had of one symbol.
//
// It takes the byte mode, the only one that has lower-case letters and so the
// only one for a URI. The library's other modes quote the content in their
// errors; here none of its errors is passed on.
func Encode(content string) (Symbol, error) {
	if content == "" {
		return Symbol{}, ErrContent
	}
	code, err := qr.Encode(content, qr.M, qr.Unicode)
	if err != nil {
		return Symbol{}, ErrContent
	}
	return newSymbol(code.Bounds().Dx(), func(x, y int) bool { return code.At(x, y) == color.Black }), nil
}

func newSymbol(inner int, dark func(x, y int) bool) Symbol {
	size := inner + 2*quietZone
	s := Symbol{size: size, dark: make([]bool, size*size)}
	for y := range inner {
		row := s.row(y + quietZone)[quietZone:]
		for x := range inner {
			row[x] = dark(x, y)
		}
	}
	return s
}
