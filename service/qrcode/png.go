package qrcode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// PNG returns content as a black and white PNG, eight pixels per module. It
// fails with ErrContent.
func PNG(content string) ([]byte, error) {
	s, err := encode(content)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := png.Encode(&body, s.paint()); err != nil {
		return nil, fmt.Errorf("qrcode: %w", err)
	}
	return body.Bytes(), nil
}

// paint uses a palette of two colours: one bit per pixel, and no transparency
// that a dark page would shine through.
func (s symbol) paint() *image.Paletted {
	side := s.size * moduleSize
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range s.size {
		rows := picture.Pix[y*moduleSize*picture.Stride:]
		first := rows[:side]
		for x := range side {
			if s.dark(x/moduleSize, y) {
				first[x] = 1
			}
		}
		for i := 1; i < moduleSize; i++ {
			copy(rows[i*picture.Stride:], first)
		}
	}
	return picture
}
