// Package sequence draws sequence diagrams as SVG. It reads the part of
// Mermaid's language that our documents are written in, for Mermaid itself is a
// script for browsers that writes styles into the page, which a strict policy
// stops.
package sequence

import (
	"fmt"
	"regexp"
	"strings"
)

// header is the first line of every sequence diagram.
const header = "sequenceDiagram"

// Diagram is who takes part, and what happens between them, in order.
type Diagram struct {
	participants []participant
	steps        []step
}

type participant struct{ name, label string }

// step is a message, or a note beside or over the participant from.
type step struct {
	kind     kind
	from, to int // indexes of participants
	text     string
}

type kind int

const (
	call kind = iota
	answer
	noteOver
	noteRight
)

var (
	declared = regexp.MustCompile(`^(?:participant|actor) (\w+)(?: as (.+))?$`)
	message  = regexp.MustCompile(`^(\w+)(-?->>)(\w+): (.+)$`)
	note     = regexp.MustCompile(`^Note (over|right of) (\w+): (.+)$`)
)

// Parse reads a diagram. An error names the line that it does not understand.
func Parse(text string) (Diagram, error) {
	var d Diagram
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if strings.TrimSpace(lines[0]) != header {
		return d, fmt.Errorf("the diagram begins with %q: only %s is drawn", lines[0], header)
	}
	for _, line := range lines[1:] {
		if !d.read(strings.TrimSpace(line)) {
			return d, fmt.Errorf("no line of a sequence diagram, or of somebody who takes no part in it: %q", line)
		}
	}
	if len(d.participants) == 0 {
		return d, fmt.Errorf("nobody takes part in the diagram")
	}
	return d, nil
}

func (d *Diagram) read(line string) (understood bool) {
	if m := declared.FindStringSubmatch(line); m != nil {
		label := m[2]
		if label == "" {
			label = m[1]
		}
		d.participants = append(d.participants, participant{name: m[1], label: label})
		return true
	}
	if m := message.FindStringSubmatch(line); m != nil {
		kinds := map[string]kind{"->>": call, "-->>": answer}
		return d.add(step{kind: kinds[m[2]], from: d.index(m[1]), to: d.index(m[3]), text: m[4]})
	}
	if m := note.FindStringSubmatch(line); m != nil {
		kinds, at := map[string]kind{"over": noteOver, "right of": noteRight}, d.index(m[2])
		return d.add(step{kind: kinds[m[1]], from: at, to: at, text: m[3]})
	}
	return false
}

// add refuses a step of somebody who was not declared.
func (d *Diagram) add(s step) bool {
	d.steps = append(d.steps, s)
	return s.from >= 0 && s.to >= 0
}

func (d *Diagram) index(name string) int {
	for i, p := range d.participants {
		if p.name == name {
			return i
		}
	}
	return -1
}

// Title says what the diagram is, in a line.
func (d Diagram) Title() string {
	var labels []string
	for _, p := range d.participants {
		labels = append(labels, p.label)
	}
	return "Sequence diagram of " + strings.Join(labels, ", ")
}

// Sentences are the steps in words, for those who do not see the picture.
func (d Diagram) Sentences() []string {
	var sentences []string
	for _, s := range d.steps {
		from, to := d.participants[s.from].label, d.participants[s.to].label
		switch {
		case s.kind == noteOver || s.kind == noteRight:
			sentences = append(sentences, "Note on "+from+": "+s.text)
		case s.kind == answer:
			sentences = append(sentences, from+" answers "+to+": "+s.text)
		case s.from == s.to:
			sentences = append(sentences, from+": "+s.text)
		default:
			sentences = append(sentences, from+" to "+to+": "+s.text)
		}
	}
	return sentences
}
