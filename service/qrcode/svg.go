package qrcode

import (
	"fmt"
	"strconv"
)

// svgTemplate has its own white ground, for pages that are dark, and crisp
// edges, since smoothed ones leave hairlines between the rows. It holds nothing
// but numbers, so there is nothing to escape.
const svgTemplate = `<svg xmlns="http://www.w3.org/2000/svg" width="%[2]d" height="%[2]d" viewBox="0 0 %[1]d %[1]d" shape-rendering="crispEdges">` +
	`<rect width="%[1]d" height="%[1]d" fill="#ffffff"/><path fill="#000000" d="%[3]s"/></svg>`

// SVG returns the symbol as an SVG document of one path, one unit per module.
func (s Symbol) SVG() []byte {
	return fmt.Appendf(nil, svgTemplate, s.size, s.size*moduleSize, s.path())
}

// path draws each run of dark modules in a row as one rectangle.
func (s Symbol) path() []byte {
	var d []byte
	for y := range s.size {
		row := s.row(y)
		for x := 0; x < s.size; x++ {
			start := x
			for row[x] { // the quiet zone ends every run
				x++
			}
			if x > start {
				d = appendRun(d, start, y, x-start)
			}
		}
	}
	return d
}

func appendRun(d []byte, x, y, length int) []byte {
	d = strconv.AppendInt(append(d, 'M'), int64(x), 10)
	d = strconv.AppendInt(append(d, ' '), int64(y), 10)
	d = strconv.AppendInt(append(d, 'h'), int64(length), 10)
	d = strconv.AppendInt(append(d, "v1h-"...), int64(length), 10)
	return append(d, 'z')
}
