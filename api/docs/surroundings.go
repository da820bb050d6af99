package docs

import (
	"bytes"
	"fmt"
	"image/png"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/countersign/countersign"
)

// surroundings resolve the links and pictures of a document.
type surroundings struct {
	source string            // of the document
	pages  map[string]string // by their sources
}

// Link takes the contract for itself, which programs read, but where a document
// means a file in general.
func (s surroundings) Link(destination string) (href string, served bool) {
	to, err := url.Parse(destination)
	switch {
	case err != nil:
		return destination, false
	case to.Scheme != "":
		return destination, to.Scheme == "https" || to.Scheme == "http"
	case to.Path == "":
		return destination, true
	}
	fragment := ""
	if to.Fragment != "" {
		fragment = "#" + to.EscapedFragment()
	}
	source := path.Join(path.Dir(s.source), to.Path)
	if source == contractSource {
		return "../" + contractSource, true
	}
	if page := s.pages[source]; page != "" {
		return page + fragment, true
	}
	return servedAt(source)
}

// Picture knows PNG, taken at twice the size at which they are shown, and SVG.
func (s surroundings) Picture(destination string) (src string, width, height int, err error) {
	source := path.Join(path.Dir(s.source), destination)
	src, _ = servedAt(source)
	file, err := countersign.Documents.ReadFile(source)
	if err != nil {
		return "", 0, 0, fmt.Errorf("the picture is not embedded: %w", err)
	}
	if strings.HasSuffix(source, ".svg") {
		width, height, err = sizeOfSVG(file)
		return src, width, height, err
	}
	picture, err := png.DecodeConfig(bytes.NewReader(file))
	return src, picture.Width / 2, picture.Height / 2, err
}

var svgSize = regexp.MustCompile(`<svg [^>]*\bwidth="(\d+)" height="(\d+)"`)

func sizeOfSVG(file []byte) (width, height int, err error) {
	size := svgSize.FindSubmatch(file)
	if size == nil {
		return 0, 0, fmt.Errorf("the picture does not say how large it is")
	}
	width, _ = strconv.Atoi(string(size[1])) // digits alone
	height, _ = strconv.Atoi(string(size[2]))
	return width, height, nil
}
