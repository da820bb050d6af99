package bounded_test

import (
	"bufio"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

func TestALineIsReadWithoutItsEnd(t *testing.T) {
	t.Parallel()
	text := "one\r\n\n \ttwo \n" + strings.Repeat("x", bounded.MaxLine) + "\n" + strings.Repeat("y", 3*bounded.MaxLine) + "\n\xff\nlast"
	var got []bounded.Line
	in := bufio.NewReaderSize(strings.NewReader(text), bounded.BufferSize)
	if err := bounded.EachLine(in, func(l bounded.Line) error {
		if l.Fault != "" {
			l.Text, l.Raw, l.Fault = "", "", "faulty"
		}
		got = append(got, l)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := []bounded.Line{
		{Number: 1, Text: "one", Raw: "one"}, {Number: 3, Text: "two", Raw: " \ttwo "},
		{Number: 4, Text: strings.Repeat("x", bounded.MaxLine), Raw: strings.Repeat("x", bounded.MaxLine)},
		{Number: 5, Fault: "faulty"}, {Number: 6, Fault: "faulty"}, {Number: 7, Text: "last", Raw: "last"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsMalformedSaysWhereAndQuotesNothing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a": [1, {"b": 2}]}`:                 "",
		`{"a": `:                               "ends in the middle",
		`{"a": hello}`:                         "no well-formed JSON near byte",
		`{"a" 1}`:                              "no well-formed JSON near byte",
		strings.Repeat("[", 101):               "nested more than 100 deep",
		strings.Repeat(" ", bounded.MaxRecord): "larger than 1 MiB",
		`"` + strings.Repeat("a", 2*bounded.MaxRecord) + `"`: "larger than 1 MiB",
	} {
		tell(t, text, want, bounded.NewJSON(strings.NewReader(text)).Skip())
	}
	for text, want := range map[string]string{
		`<a b="c"><d>e</d></a>`:            "",
		`<a><b></a>`:                       "no well-formed XML in UTF-8 near line 1",
		"<a>\n<b hello></b></a>":           "no well-formed XML in UTF-8 near line 2",
		`<a><!DOCTYPE b></a>`:              "type declaration",
		`<a>&hello;</a>`:                   "no well-formed XML",
		`<a>` + strings.Repeat("<b>", 101): "nested more than 100 deep",
		`<a>` + strings.Repeat("a", 2*bounded.MaxRecord) + "</a>": "larger than 1 MiB",
	} {
		s := bounded.NewXML(strings.NewReader(text))
		_, err := s.Open()
		if err == nil {
			err = s.Skip()
		}
		tell(t, text, want, err)
	}
}

func tell(t *testing.T, text, want string, err error) {
	t.Helper()
	var malformed *bounded.Malformed
	switch {
	case want == "" && err == nil:
	case !errors.As(err, &malformed), !strings.Contains(malformed.Detail, want), strings.Contains(malformed.Detail, "hello"):
		t.Errorf("%.100s: %v, want %q", text, err, want)
	}
}

func TestAnElementIsFoundWhateverItsCaseAndNamespace(t *testing.T) {
	t.Parallel()
	s := bounded.NewXML(strings.NewReader(`<x:Root xmlns:x="urn:x"><x:Child Attr="1"> text </x:Child><child>second</child></x:Root>`))
	start, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	root, err := s.Element(start)
	if err != nil {
		t.Fatal(err)
	}
	child := root.Find("child")
	if child.Value() != "text" || child.Attr("attr") != "1" || len(root.All()) != 2 {
		t.Errorf("%q, %q, %d elements", child.Value(), child.Attr("attr"), len(root.All()))
	}
	if missing := root.Find("child", "nothing"); missing != nil || missing.Value() != "" || missing.Attr("a") != "" || missing.All() != nil {
		t.Error("there is something where nothing is")
	}
}
