package sequence_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api/docs/sequence"
)

const login = `sequenceDiagram
  actor Page
  participant Host as Your <backend>
  participant Countersign
  Page->>Host: user name and password
  Host->>Host: the password is right
  Host->>Countersign: POST /v1/decisions
  Note over Countersign: the code is spent, whatever comes next
  Note right of Countersign: with the secret of the cookie
  Countersign-->>Page: step-up token
`

func parsed(t *testing.T, text string) sequence.Diagram {
	t.Helper()
	d, err := sequence.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADiagramIsSaidInWords(t *testing.T) {
	t.Parallel()
	want := []string{
		"Page to Your <backend>: user name and password",
		"Your <backend>: the password is right",
		"Your <backend> to Countersign: POST /v1/decisions",
		"Note on Countersign: the code is spent, whatever comes next",
		"Note on Countersign: with the secret of the cookie",
		"Countersign answers Page: step-up token",
	}
	if diff := cmp.Diff(want, parsed(t, login).Sentences()); diff != "" {
		t.Error(diff)
	}
}

var (
	drawnText = regexp.MustCompile(`<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">([^<]*)</text>`)
	drawnSize = regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`)
)

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A text is about 7 wide for each letter, as the browser sets it.
func TestEveryTextOfADiagramIsWithinThePicture(t *testing.T) {
	t.Parallel()
	for _, diagram := range []string{
		login,
		"sequenceDiagram\nparticipant A\nNote over A: a note that is much longer than the one who takes part",
		"sequenceDiagram\nparticipant A\nparticipant B\nB->>A: a message that is much longer than the distance, and then some more of it\nB->>B: and this",
	} {
		svg := parsed(t, diagram).SVG()
		size := drawnSize.FindStringSubmatch(svg)
		texts := drawnText.FindAllStringSubmatch(svg, -1)
		if size == nil || len(texts) == 0 {
			t.Fatalf("nothing is drawn: %s", svg)
		}
		for _, text := range texts {
			x, width := number(t, text[1]), 7*float64(len(text[4]))
			left := map[string]float64{"start": x, "middle": x - width/2}[text[3]]
			if left < 0 || left+width > number(t, size[1]) || number(t, text[2]) > number(t, size[2]) {
				t.Errorf("%q is from %.0f to %.0f, and at %s, of %s x %s", text[4], left, left+width, text[2], size[1], size[2])
			}
		}
	}
}

func TestADiagramHasNoMarkupOfItsTextsAndNoStyle(t *testing.T) {
	t.Parallel()
	svg := parsed(t, login).SVG()
	if !strings.Contains(svg, "Your &lt;backend&gt;") || strings.Contains(svg, "<backend>") {
		t.Error("a text is taken for markup")
	}
	if strings.Contains(svg, "style") || strings.Contains(svg, "id=") {
		t.Error("the picture has styles, which the policy of the page stops, or ids, which two of them would share")
	}
}

func TestWhatIsNotUnderstoodIsNotDrawnWithoutIt(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "flowchart LR\n A --> B", "sequenceDiagram", "sequenceDiagram\n participant A\n loop every minute",
		"sequenceDiagram\n participant A\n A->>B: to nobody", "sequenceDiagram\n participant A\n A-)A: of another kind",
		"sequenceDiagram\n participant A\n Note over B: on nobody",
	} {
		if _, err := sequence.Parse(text); err == nil {
			t.Errorf("it is understood: %q", text)
		}
	}
}
