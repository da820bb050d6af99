package api_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api"
)

// longLines are lines about "a" of so many bytes.
var longLines = map[string]func(length int) string{
	"blanks within": func(n int) string { return "{" + strings.Repeat(" ", n-len(line("a", nil))) + line("a", nil)[1:] },
	"blanks before": func(n int) string { return strings.Repeat(" ", n-len(line("a", nil))) + line("a", nil) },
	"blanks after":  func(n int) string { return line("a", nil) + strings.Repeat("\t", n-len(line("a", nil))) },
}

// The contract says that a line has at most 16384 bytes. What ends it is not
// part of it.
func TestALineHasAtMost16384BytesWhereverItsBlanksAreAndHoweverItEnds(t *testing.T) {
	t.Parallel()
	const most = 16384
	for name, lineOf := range longLines {
		for _, end := range []string{"\n", "\r\n", "\r\n\r\n", ""} {
			for _, mark := range []string{"", "\ufeff"} {
				for length := most - 3; length <= most+3; length++ {
					want := []string{"1 a"}
					if length > most {
						want[0] = "1  The line is longer than 16384 bytes."
					}
					if diff := cmp.Diff(want, read(t, strings.NewReader(mark+lineOf(length)+end))); diff != "" {
						t.Errorf("%s, %d bytes, ended by %q (-want +got):\n%s", name, length, end, diff)
					}
				}
			}
		}
	}
}

// read are the lines as they are read, an error at their end included.
func read(t *testing.T, r io.Reader) (lines []string) {
	t.Helper()
	for l, err := range api.UserLines(r, 1) {
		text := fmt.Sprint(l.Number, " ", l.UserID)
		if l.Refusal != nil {
			text += " " + l.Refusal.Detail
		}
		if err != nil {
			text = err.Error()
		}
		lines = append(lines, text)
	}
	return lines
}

func TestTheLinesAfterOneThatIsTooLongAreReadWhole(t *testing.T) {
	t.Parallel()
	for name, lineOf := range longLines {
		for _, length := range []int{16384, 16385, 16386, 16387, 2*16386 - 1, 2 * 16386, 2*16386 + 1} {
			for _, end := range []string{"\n", "\r\n"} {
				text := lineOf(length) + end + line("b", nil) + end + end + lineOf(length) + end + line("c", nil)
				got := read(t, iotest.OneByteReader(strings.NewReader(text)))
				if len(got) != 4 || got[1] != "2 b" || got[3] != "5 c" {
					t.Errorf("%s, %d bytes, ended by %q: %q", name, length, end, got)
				}
			}
		}
	}
}

func TestAReaderOfLinesEndsWhenNoMoreAreWanted(t *testing.T) {
	t.Parallel()
	cut := errors.New("the connection broke")
	for name, text := range map[string]string{
		"a user":             line("a", nil) + "\n" + line("b", nil) + "\n",
		"no user":            "{}\n{}\n",
		"a line too long":    strings.Repeat("x", 20<<10) + "\n{}\n",
		"the last line":      line("a", nil),
		"after empty lines":  "\n \r\n\n{}\n\n{}\n",
		"an error":           "",
		"UTF-16":             "\xff\xfe{\x00}\x00",
		"UTF-16, big-endian": "\xfe\xff\x00{\x00}",
	} {
		lines := 0
		for range api.UserLines(io.MultiReader(strings.NewReader(text), iotest.ErrReader(cut)), 1) {
			lines++
			break // going on would panic
		}
		if lines != 1 {
			t.Errorf("%s: %d lines", name, lines)
		}
	}
}

// However little came before it.
func TestAReadThatFailsEndsTheLinesAndIsToldOnce(t *testing.T) {
	t.Parallel()
	cut := errors.New("the connection broke")
	for text, want := range map[string][]string{
		"":                              {cut.Error()},
		"{":                             {cut.Error()},
		"\xef\xbb":                      {cut.Error()},
		"\ufeff":                        {cut.Error()},
		"{}":                            {cut.Error()},
		"\n\n":                          {cut.Error()},
		line("a", nil) + "\n":           {"1 a", cut.Error()},
		line("a", nil) + "\n\n{}":       {"1 a", cut.Error()},
		strings.Repeat("x", 16<<10):     {cut.Error()},
		strings.Repeat("x", 16<<10+2):   {cut.Error()},
		strings.Repeat("x", 40<<10):     {cut.Error()},
		strings.Repeat(" ", 300) + "\n": {cut.Error()},
	} {
		got := read(t, io.MultiReader(strings.NewReader(text), iotest.ErrReader(cut)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", text, diff)
		}
	}
}

// Two bytes are enough to see that it is UTF-16, and fewer than three are enough
// for a line.
func TestLinesShorterThanAByteOrderMarkAreRead(t *testing.T) {
	t.Parallel()
	const remedy = "The text is UTF-16. Save it as UTF-8, and import it again."
	for text, want := range map[string]string{
		"": "", "\n": "", "\r\n": "", "\ufeff": "",
		"{}":       "1  user_id is required. username is required. auth_source is required. role is required. active is required.",
		"5":        "1  The line must be a JSON object.",
		"\xff\xfe": remedy, "\xfe\xff": remedy,
	} {
		if got := strings.Join(read(t, strings.NewReader(text)), "; "); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestAReadThatFailsEndsTheLinesThoughTheNextWouldGoOn(t *testing.T) {
	t.Parallel()
	text := line("a", nil) + "\n"
	for name, r := range map[string]io.Reader{
		"within the first three bytes": iotest.OneByteReader(strings.NewReader(text)),
		"within a line":                io.MultiReader(strings.NewReader(text[:20]), strings.NewReader(text[20:])),
	} {
		if diff := cmp.Diff([]string{iotest.ErrTimeout.Error()}, read(t, iotest.TimeoutReader(r))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
