package qrcode

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"
)

// Types of row filters (PNG, section 9.2).
const (
	filterNone = 0
	filterUp   = 2
)

// compressors are of half a megabyte each.
var compressors = sync.Pool{New: func() any {
	w, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed) // fails for unknown levels alone
	return w
}}

// PNG returns the symbol as a black and white PNG, eight pixels per module: one
// bit per pixel, so that a module's width is one byte, and no transparency that
// a dark page would shine through. image/png asks for every pixel by itself,
// which takes as long as all the rest of an enrollment.
func (s Symbol) PNG() []byte {
	header := binary.BigEndian.AppendUint32(nil, uint32(s.size*moduleSize))
	header = binary.BigEndian.AppendUint32(header, uint32(s.size*moduleSize))
	header = append(header, 1, 0, 0, 0, 0) // one bit, gray; and the only compression, filtering and order without interlacing
	body := appendChunk([]byte("\x89PNG\r\n\x1a\n"), "IHDR", header)
	body = appendChunk(body, "IDAT", s.scanlines())
	return appendChunk(body, "IEND", nil)
}

// scanlines draws the first line of each row of modules. The other seven differ
// from the line above in nothing.
func (s Symbol) scanlines() []byte {
	var out bytes.Buffer
	w := compressors.Get().(*zlib.Writer)
	defer func() {
		w.Reset(io.Discard) // it would keep the picture of a secret
		compressors.Put(w)
	}()
	w.Reset(&out)
	line, same := make([]byte, 1+s.size), make([]byte, 1+s.size)
	line[0], same[0] = filterNone, filterUp
	for y := range s.size {
		for x, dark := range s.row(y) {
			line[1+x] = 0xff
			if dark {
				line[1+x] = 0
			}
		}
		_, _ = w.Write(line) // memory takes everything
		for range moduleSize - 1 {
			_, _ = w.Write(same)
		}
	}
	_ = w.Close()
	return out.Bytes()
}

// appendChunk adds what all parts of a PNG have around them (section 5.3).
func appendChunk(body []byte, name string, data []byte) []byte {
	body = binary.BigEndian.AppendUint32(body, uint32(len(data)))
	start := len(body)
	body = append(append(body, name...), data...)
	return binary.BigEndian.AppendUint32(body, crc32.ChecksumIEEE(body[start:]))
}
