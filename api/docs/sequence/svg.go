package sequence

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"
)

// Lengths in units of the picture, which are CSS pixels where there is room.
const (
	letter     = 6.9 // of text in 13px, on average
	bold       = 1.12
	lineHeight = 16.0
	boxHeight  = 34.0
	gapBeside  = 18.0 // on either side of the text of a message
	gapLeast   = 110.0
	margin     = 12.0
	loopWidth  = 34.0
)

// longest is how many letters a line has at most, where there are spaces.
const longest = 30

// wide is from which width on a picture may be shown smaller than it is.
const wide = 608

// lines are the text as it is shown. Their widths are about equal.
func (s step) lines() []string {
	count := (utf8.RuneCountInString(s.text) + longest - 1) / longest
	least := utf8.RuneCountInString(s.text) / count
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s.text) {
		line = strings.TrimSpace(line + " " + word)
		if utf8.RuneCountInString(line) >= least {
			lines, line = append(lines, line), ""
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// width is that of the longest line.
func (s step) width() float64 {
	width := 0.0
	for _, line := range s.lines() {
		width = max(width, widthOf(line))
	}
	return width
}

// width is that of the label, which is bold.
func (p participant) width() float64 { return bold * widthOf(p.label) }

func widthOf(text string) float64 { return float64(utf8.RuneCountInString(text)) * letter }

// SVG is the picture. Its colours are the classes of the page that it stands
// in: it has no style of its own.
func (d Diagram) SVG() string {
	at, width := d.columns()
	height := margin + boxHeight + margin
	var steps strings.Builder
	for _, s := range d.steps {
		steps.WriteString(s.draw(at, height))
		height += s.height()
	}
	var out strings.Builder
	class := "sequence"
	if width > wide {
		class += " wide"
	}
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" class="%s" role="img" aria-label="%s" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f">`,
		class, html.EscapeString(d.Title()), width, height+margin, width, height+margin)
	for i, p := range d.participants {
		fmt.Fprintf(&out, `<line class="life" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, at[i], margin+boxHeight, at[i], height)
		out.WriteString(box("who", at[i], margin, boxHeight, p.width(), []string{p.label}))
	}
	return out.String() + steps.String() + "</svg>"
}

// columns are where the participants stand, and the width of the whole.
func (d Diagram) columns() (at []float64, width float64) {
	gaps := make([]float64, len(d.participants))
	for i := range d.participants[1:] {
		labels := d.participants[i].width() + d.participants[i+1].width()
		gaps[i] = max(gapLeast, labels/2+2*gapBeside)
	}
	for _, s := range d.byDistance() {
		from, to := min(s.from, s.to), max(s.from, s.to)
		widen(gaps[from:to], s.width()+2*gapBeside)
	}
	x, beyond := d.before(), 0.0
	for i := range d.participants {
		at = append(at, x)
		x += gaps[i]
	}
	for i, p := range d.participants {
		beyond = max(beyond, at[i]+p.width()/2+margin)
	}
	for _, s := range d.steps {
		beyond = max(beyond, at[s.from]+s.right())
	}
	return at, beyond + margin
}

// byDistance are the messages between two, the near ones first, so that they
// widen only what is between them.
func (d Diagram) byDistance() []step {
	between := slices.DeleteFunc(slices.Clone(d.steps), func(s step) bool { return s.from == s.to })
	distance := func(s step) int { return max(s.from, s.to) - min(s.from, s.to) }
	slices.SortStableFunc(between, func(a, b step) int { return distance(a) - distance(b) })
	return between
}

func widen(gaps []float64, least float64) {
	sum := 0.0
	for _, gap := range gaps {
		sum += gap
	}
	for i := range gaps {
		gaps[i] += max(0, least-sum) / float64(len(gaps))
	}
}

// before is the room that the first participant needs on the left.
func (d Diagram) before() float64 {
	room := d.participants[0].width()/2 + 2*margin
	for _, s := range d.steps {
		if s.from == 0 && s.kind == noteOver {
			room = max(room, s.right())
		}
	}
	return room + margin
}

// right is how far a step reaches to the right of whom it is about, if it is
// about one alone.
func (s step) right() float64 {
	switch {
	case s.kind == noteOver:
		return s.width()/2 + 2*margin
	case s.kind == noteRight:
		return s.width() + 4*margin
	case s.from == s.to:
		return loopWidth + s.width() + 2*margin
	}
	return 0
}

// height is that of the step with the room below it.
func (s step) height() float64 {
	text := lineHeight * float64(len(s.lines()))
	switch {
	case s.kind == noteOver, s.kind == noteRight:
		return text + 30
	case s.from == s.to:
		return max(text+18, 50)
	}
	return text + 26
}

func (s step) draw(at []float64, y float64) string {
	x, lines := at[s.from], s.lines()
	text := lineHeight * float64(len(lines))
	switch {
	case s.kind == noteOver:
		return box("note", x, y+8, text+14, s.width(), lines)
	case s.kind == noteRight:
		return box("note", x+2*margin+s.width()/2, y+8, text+14, s.width(), lines)
	case s.from == s.to:
		line := fmt.Sprintf(`<path class="call" d="M%.1f %.1f h%.1f v20 h%.1f"/>`, x, y+18, loopWidth, 6-loopWidth)
		return line + arrow(x, y+38, -1) + words(x+loopWidth+8, y+28, "start", lines)
	}
	to, class, direction := at[s.to], "call", 1.0
	if to < x {
		direction = -1
	}
	if s.kind == answer {
		class = "answer"
	}
	line := fmt.Sprintf(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x, y+text+16, to-6*direction, y+text+16)
	return line + arrow(to, y+text+16, direction) + words((x+to)/2, y+text/2+10, "middle", lines)
}

func arrow(x, y, direction float64) string {
	return fmt.Sprintf(`<path class="head" d="M%.1f %.1f l%.1f -4.5 v9 z"/>`, x, y, -9*direction)
}

// words are lines whose middle is at y.
func words(x, y float64, anchor string, lines []string) string {
	var out strings.Builder
	first := y + 4.5 - lineHeight*float64(len(lines)-1)/2
	for i, line := range lines {
		fmt.Fprintf(&out, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, first+lineHeight*float64(i), anchor, html.EscapeString(line))
	}
	return out.String()
}

func box(class string, x, y, height, width float64, lines []string) string {
	width += 2 * margin
	return fmt.Sprintf(`<g class="%s"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="6"/>`, class, x-width/2, y, width, height) +
		words(x, y+height/2, "middle", lines) + "</g>"
}
