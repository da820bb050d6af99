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
	// moduleSize is the length of a module's side in pixels.
	moduleSize = 8
)

// ErrContent says that a content is empty or longer than a QR code can hold
// (2,331 bytes). It does not quote the content, which is a secret.
var ErrContent = errors.New("qrcode: the content is empty or too long")

// DataURI returns body as a data URI (RFC 2397), for the src of an img.
func DataURI(mediaType string, body []byte) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(body)
}

// Symbol is a QR code with its quiet zone. Coordinates are modules from the
// upper left corner. It is safe for concurrent use.
type Symbol struct {
	size int
	dark func(x, y int) bool
}

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
	inner := code.Bounds().Dx()
	return Symbol{
		size: inner + 2*quietZone,
		dark: func(x, y int) bool {
			x, y = x-quietZone, y-quietZone
			inside := x >= 0 && y >= 0 && x < inner && y < inner
			return inside && code.At(x, y) == color.Black
		},
	}, nil
}
