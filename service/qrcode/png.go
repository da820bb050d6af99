package qrcode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"sync"
)

// encoder keeps its buffers, of a megabyte, and spends no time on making a
// small picture smaller.
var encoder = png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: new(buffers)}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() *png.EncoderBuffer {
	buffer, _ := b.pool.Get().(*png.EncoderBuffer)
	return buffer
}

func (b *buffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }

// PNG returns the symbol as a black and white PNG, eight pixels per module.
func (s Symbol) PNG() ([]byte, error) {
	var body bytes.Buffer
	if err := encoder.Encode(&body, s.paint()); err != nil {
		return nil, fmt.Errorf("qrcode: %w", err)
	}
	return body.Bytes(), nil
}

// paint uses a palette of two colours: one bit per pixel, and no transparency
// that a dark page would shine through.
func (s Symbol) paint() *image.Paletted {
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
