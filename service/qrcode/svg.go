package qrcode

import (
	"fmt"
	"strings"
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
func (s Symbol) path() string {
	var d strings.Builder
	for y := range s.size {
		for x := 0; x < s.size; x++ {
			run := 0
			for s.dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&d, "M%d %dh%dv1h-%dz", x, y, run, run)
				x += run
			}
		}
	}
	return d.String()
}
