package qrcode_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/qrcode"
)

var contents = map[string]string{
	"an enrollment": "otpauth://totp/Acme%20Test:alice%2Btests%40example.com" +
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20Test&algorithm=SHA1&digits=6&period=30",
	"the longest enrollment": "otpauth://totp/" + strings.Repeat("%E6%9E%97", 21) + ":" + strings.Repeat("%F0%9F%98%80", 42) +
		"?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=" + strings.Repeat("%E6%9E%97", 21) + "&algorithm=SHA1&digits=6&period=30",
	"one letter": "a",
	"digits":     "0123456789",
	"capitals":   "HELLO WORLD",
}

func TestAPNGReadsBack(t *testing.T) {
	t.Parallel()
	for name, content := range contents {
		body := pngOf(t, content)
		if diff := cmp.Diff(content, scan(t, body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAPNGIsBlackOnWhiteWithAQuietZone(t *testing.T) {
	t.Parallel()
	body := pngOf(t, contents["an enrollment"])
	picture, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	const zone = 4 * 8
	side := picture.Bounds().Dx()
	inner := image.Rect(zone, zone, side-zone, side-zone)
	if picture.Bounds() != image.Rect(0, 0, side, side) || (side/8-8-17)%4 != 0 || side%8 != 0 {
		t.Errorf("the picture is %v", picture.Bounds())
	}
	for y := range side {
		for x := range side {
			mustBeBlackOrWhite(t, picture, image.Pt(x, y), inner)
		}
	}
	// A finder pattern begins in the corner of the inner square.
	for _, corner := range []image.Point{{zone, zone}, {side - zone - 1, zone}, {zone, side - zone - 1}} {
		if !isBlack(picture.At(corner.X, corner.Y)) {
			t.Errorf("%v is white: the quiet zone is wider than four modules", corner)
		}
	}
}

func TestAPNGHasOneBitPerPixelAndIsSmall(t *testing.T) {
	t.Parallel()
	body := pngOf(t, contents["an enrollment"])
	const depth = 24 // where the header says it (PNG, section 11.2.2)
	if body[depth] != 1 || len(body) > 1500 {
		t.Errorf("%d bits per pixel, %d bytes", body[depth], len(body))
	}
}

func TestContentThatNoCodeCanHold(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", strings.Repeat("s", 2332)} {
		if _, err := qrcode.Encode(content); err != qrcode.ErrContent {
			t.Errorf("%d bytes: %v", len(content), err)
		}
	}
	symbolOf(t, strings.Repeat("s", 2331))
}

func TestADataURIHoldsTheBody(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		mediaType, body, want string
	}{
		"a PNG":   {qrcode.PNGType, "\x89PNG\xff", "data:image/png;base64,iVBOR/8="},
		"an SVG":  {qrcode.SVGType, "<svg/>", "data:image/svg+xml;base64,PHN2Zy8+"},
		"nothing": {qrcode.PNGType, "", "data:image/png;base64,"},
	}
	for name, c := range cases {
		if diff := cmp.Diff(c.want, qrcode.DataURI(c.mediaType, []byte(c.body))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func symbolOf(t testing.TB, content string) qrcode.Symbol {
	t.Helper()
	symbol, err := qrcode.Encode(content)
	if err != nil {
		t.Fatal(err)
	}
	return symbol
}

func pngOf(t testing.TB, content string) []byte {
	t.Helper()
	return symbolOf(t, content).PNG()
}

func BenchmarkEncode(b *testing.B) {
	for b.Loop() {
		symbolOf(b, contents["an enrollment"])
	}
}

func BenchmarkPNG(b *testing.B) {
	symbol := symbolOf(b, contents["an enrollment"])
	for b.Loop() {
		symbol.PNG()
	}
}

func BenchmarkSVG(b *testing.B) {
	symbol := symbolOf(b, contents["an enrollment"])
	for b.Loop() {
		symbol.SVG()
	}
}

// scan reads a PNG with zbar, which is not the library that painted it. The
// text counts, not the exit code.
func scan(t *testing.T, body []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("zbarimg", "-q", "--raw", "--nodbus", path).Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("zbarimg is missing: install the Debian package zbar-tools")
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func mustBeBlackOrWhite(t *testing.T, picture image.Image, at image.Point, inner image.Rectangle) {
	t.Helper()
	c := picture.At(at.X, at.Y)
	white := color.RGBAModel.Convert(c) == color.RGBAModel.Convert(color.White)
	switch {
	case !white && !isBlack(c):
		t.Fatalf("%v is neither black nor white", at)
	case !white && !at.In(inner):
		t.Fatalf("%v, in the quiet zone, is black", at)
	}
}

func isBlack(c color.Color) bool {
	r, g, b, a := c.RGBA()
	return r|g|b == 0 && a == 0xffff
}
