package qrcode_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// document is all that the SVG holds.
type document struct {
	XMLName   xml.Name `xml:"http://www.w3.org/2000/svg svg"`
	Width     int      `xml:"width,attr"`
	Height    int      `xml:"height,attr"`
	ViewBox   string   `xml:"viewBox,attr"`
	Rendering string   `xml:"shape-rendering,attr"`
	Ground    struct {
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Fill   string `xml:"fill,attr"`
	} `xml:"rect"`
	Path struct {
		Fill string `xml:"fill,attr"`
		D    string `xml:"d,attr"`
	} `xml:"path"`
}

func TestAnSVGReadsBack(t *testing.T) {
	t.Parallel()
	for name, content := range contents {
		svg := mustDecode(t, content)
		if diff := cmp.Diff(content, scan(t, rasterise(t, svg))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAnSVGPaintsWhatThePNGPaints(t *testing.T) {
	t.Parallel()
	for name, content := range contents {
		body := pngOf(t, content)
		if !bytes.Equal(pixels(t, body), pixels(t, rasterise(t, mustDecode(t, content)))) {
			t.Errorf("%s: the two pictures differ", name)
		}
	}
}

func TestAnSVGIsOneCrispPathOnWhite(t *testing.T) {
	t.Parallel()
	svg := mustDecode(t, contents["an enrollment"])
	size := svg.Ground.Width
	got := []any{svg.Width, svg.Height, svg.ViewBox, svg.Rendering, svg.Ground.Height, svg.Ground.Fill, svg.Path.Fill}
	want := []any{8 * size, 8 * size, fmt.Sprintf("0 0 %d %d", size, size), "crispEdges", size, "#ffffff", "#000000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	body := symbolOf(t, contents["an enrollment"]).SVG()
	if diff := cmp.Diff([]string{"svg", "rect", "path"}, elements(t, body)); diff != "" {
		t.Errorf("elements (-want +got):\n%s", diff)
	}
}

func mustDecode(t *testing.T, content string) document {
	t.Helper()
	body := symbolOf(t, content).SVG()
	var svg document
	if err := xml.Unmarshal(body, &svg); err != nil {
		t.Fatal(err)
	}
	return svg
}

// rasterise paints the rectangles of the path, and fails on any other shape.
func rasterise(t *testing.T, svg document) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, svg.Width, svg.Height))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	scale := svg.Width / svg.Ground.Width
	for shape := range strings.SplitSeq(strings.TrimSuffix(svg.Path.D, "z"), "z") {
		var x, y, width, back int
		if _, err := fmt.Sscanf(shape, "M%d %dh%dv1h-%d", &x, &y, &width, &back); err != nil || width != back || width < 1 {
			t.Fatalf("%q is not a rectangle: %v", shape, err)
		}
		box := image.Rect(x*scale, y*scale, (x+width)*scale, (y+1)*scale)
		draw.Draw(picture, box, image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	var body bytes.Buffer
	if err := png.Encode(&body, picture); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

func pixels(t *testing.T, body []byte) []byte {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	gray := image.NewGray(picture.Bounds())
	draw.Draw(gray, gray.Bounds(), picture, image.Point{}, draw.Src)
	return gray.Pix
}

func elements(t *testing.T, body []byte) []string {
	t.Helper()
	var names []string
	for decoder := xml.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.Token()
		if token == nil {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
}
