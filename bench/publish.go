package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/countersign/countersign/bench/report"
)

// publishCommand writes kept results into the document, so that nobody types a figure.
type publishCommand struct {
	Results  string `default:"bench/results" help:"The folder of results."`
	Document string `default:"docs/performance.md" help:"The document that shows them."`
	Scaling  string `default:"docs/scaling.md" help:"The document that says what follows for the size of an installation."`
}

// kept are the runs that the document shows, by the names of their files, and how each is made.
var kept = map[string]string{
	"bench": "make bench", "bench-scale": "make bench-scale",
	"bench-neighbours": "make bench-neighbours", "bench-neighbours-before": "make bench-neighbours BEFORE=commit",
}

// capacity is the mark of what the run named bench says of sizes.
const capacity = "capacity"

// Run rewrites the marked sections and the plots.
func (p *publishCommand) Run() error {
	shown := map[string]string{}
	for name := range kept {
		var err error
		if shown[name], err = p.section(name); err != nil {
			return err
		}
	}
	if err := rewrite(p.Document, shown); err != nil {
		return err
	}
	follows, err := p.capacity()
	if err != nil {
		return err
	}
	return rewrite(p.Scaling, map[string]string{capacity: follows})
}

func rewrite(path string, sections map[string]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	document := string(text)
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if document, err = replaced(document, name, sections[name]); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(document), 0o644)
}

func (p *publishCommand) capacity() (string, error) {
	result, err := report.Read(filepath.Join(p.Results, "bench.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return notKept("bench"), nil
	}
	return report.Capacity(result), err
}

func notKept(name string) string {
	return fmt.Sprintf("No run has been kept yet. `%s` makes one.\n", kept[name])
}

// section is what the document says of a run. It draws the plots too.
func (p *publishCommand) section(name string) (string, error) {
	result, err := report.Read(filepath.Join(p.Results, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return notKept(name), nil
	}
	if err != nil {
		return "", err
	}
	images, err := p.draw(name, result)
	return report.Markdown(result) + images, err
}

func (p *publishCommand) draw(name string, result report.Result) (images string, err error) {
	folder := strings.TrimSuffix(p.Document, filepath.Ext(p.Document))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	plots := report.Plots(result)
	for _, plot := range slices.Sorted(maps.Keys(plots)) {
		if len(plots[plot].Series) == 0 {
			continue
		}
		path := filepath.Join(folder, name+"-"+plot+".svg")
		if err := drawInto(path, plots[plot]); err != nil {
			return "", err
		}
		images += fmt.Sprintf("\n![%s](%s/%s)\n", plots[plot].Title, filepath.Base(folder), filepath.Base(path))
	}
	return images, nil
}

func drawInto(path string, plot report.Plot) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := plot.WriteSVG(file); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}

// replaced puts a section between its marks.
func replaced(document, name, section string) (string, error) {
	begin, end := "<!-- results: "+name+" -->\n", "<!-- end of results: "+name+" -->"
	before, rest, found := strings.Cut(document, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("the document has no section for %s, from %q to %q", name, strings.TrimSpace(begin), end)
	}
	return before + begin + "\n" + section + "\n" + end + after, nil
}
