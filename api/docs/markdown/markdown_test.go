package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/api/docs/markdown"
)

// around serves one page and one picture.
type around struct{}

func (around) Link(destination string) (string, bool) {
	return strings.TrimSuffix(destination, ".md"), !strings.HasPrefix(destination, "LICENSE")
}

func (around) Picture(destination string) (string, int, int, error) {
	if destination != "login.png" {
		return "", 0, 0, fmt.Errorf("no picture %s", destination)
	}
	return "images/login.png", 500, 300, nil
}

func converted(t *testing.T, source string) markdown.Document {
	t.Helper()
	d, err := markdown.New(around{}, 0).Convert([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsWrittenIsShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ source, want string }{
		"a link":     {"[quick](quickstart.md)", `<p><a href="quickstart">quick</a></p>`},
		"a link out": {"the [licence](LICENSE)", `<p>the licence (<code>LICENSE</code> in the source code)</p>`},
		"a picture":  {"![A login](login.png)", `<p><img src="images/login.png" alt="A login" width="500" height="300" loading="lazy"></p>`},
		"HTML":       {"a <b onclick=x>b</b>", `<p>a <!-- raw HTML omitted -->b<!-- raw HTML omitted --></p>`},
		"a heading":  {"## `GET` it", `<h2 id="get-it"><code>GET</code> it <a class="anchor" href="#get-it" aria-label="Link to GET it">#</a></h2>`},
		"the title":  {"# Title", `<h1 id="title">Title</h1>`},
		"a table without a head": {
			"| | |\n|---|---|\n| a | b |",
			`<div class="scroll"><table role="table"><tbody role="rowgroup">` + "\n" + `<tr role="row">` + "\n" +
				`<td role="cell">a</td><td role="cell">b</td></tr>` + "\n</tbody>\n</table></div>",
		},
		"a table with half a head": {
			"| a | |\n|---|--:|\n| b | 1 |",
			`<div class="scroll"><table role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader">a</th><td role="cell" class="number"></td></tr></thead>` + "\n" +
				`<tbody role="rowgroup">` + "\n" + `<tr role="row">` + "\n" + `<td role="cell">b</td><td role="cell" class="number">1</td></tr>` + "\n</tbody>\n</table></div>",
		},
		"a table of prose": {
			"| `a` | b & `c` | |\n|---|---|---|\n| d | e | " + strings.Repeat("long ", 9) + "|",
			`<div class="scroll"><table class="prose" role="table"><thead role="rowgroup"><tr role="row"><th role="columnheader"><code>a</code></th>` +
				`<th role="columnheader">b &amp; <code>c</code></th><td role="cell"></td></tr></thead>` + "\n" +
				`<tbody role="rowgroup">` + "\n" + `<tr role="row">` + "\n" + `<td role="cell">d</td><td role="cell" data-column="b &amp; c">e</td>` +
				`<td role="cell">` + strings.TrimSpace(strings.Repeat("long ", 9)) + "</td></tr>\n</tbody>\n</table></div>",
		},
		"a list of what the document holds": {"a\n\n- [b](#b)\n- [`c`](#c)\n\nd", "<p>a</p>\n<p>d</p>"},
		"a list of links elsewhere":         {"- [b](#b)\n- [c](c.md)", "<ul>\n<li><a href=\"#b\">b</a></li>\n<li><a href=\"c\">c</a></li>\n</ul>"},
		"a list that says more":             {"- [b](#b): it", "<ul>\n<li><a href=\"#b\">b</a>: it</li>\n</ul>"},
		"code": {
			"```sh\n# a <b>\necho 'x' <y >z\n```",
			"<figure class=\"code\" data-language=\"sh\"><figcaption>Shell</figcaption><pre><code><span class=\"comment\"># a &lt;b&gt;</span>\necho <span class=\"text\">&#39;x&#39;</span> &lt;y &gt;z\n</code></pre></figure>",
		},
		"code of no language": {"    a\n", "<figure class=\"code\" data-language=\"\"><figcaption>Text</figcaption><pre><code>a\n</code></pre></figure>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, strings.TrimSpace(converted(t, test.source).HTML)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADiagramIsAPictureAndInWords(t *testing.T) {
	t.Parallel()
	html := converted(t, "```mermaid\nsequenceDiagram\nparticipant A\nA->>A: it is so\n```").HTML
	if !strings.Contains(html, `<svg `) || !strings.Contains(html, `<li>A: it is so</li>`) {
		t.Error(html)
	}
}

func TestADocumentThatCannotBeShownWholeIsNot(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"![x](other.png)", "```mermaid\nflowchart LR\n```", "```perl\n1\n```", "```\nno language\n```"} {
		if _, err := markdown.New(around{}, 0).Convert([]byte(source)); err == nil {
			t.Errorf("it is shown: %s", source)
		}
	}
}

func TestADocumentIsItsSections(t *testing.T) {
	t.Parallel()
	got := converted(t, "Before.\n\n# Title\n\nA `b`\nc.\n\n## Part\n\n- d\n- e\n\n| f | g |\n|---|---|\n| h | i |\n\n## Part\n\n```sh\nls\n```\n")
	want := []markdown.Section{
		{Body: "Before."},
		{Heading: markdown.Heading{Level: 1, Anchor: "title", Text: "Title"}, Body: "A b c."},
		{Heading: markdown.Heading{Level: 2, Anchor: "part", Text: "Part"}, Body: "d e f g h i"},
		{Heading: markdown.Heading{Level: 2, Anchor: "part-1", Text: "Part"}, Body: "ls"},
	}
	if diff := cmp.Diff(want, got.Sections); diff != "" {
		t.Error(diff)
	}
	if len(got.Headings) != 3 {
		t.Errorf("%d headings", len(got.Headings))
	}
}
