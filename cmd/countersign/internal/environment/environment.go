// Package environment has the rules of the variables that settings come from.
package environment

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const (
	// Prefix begins the name of every setting.
	Prefix     = "COUNTERSIGN_"
	testPrefix = "COUNTERSIGN_TEST_"

	// BootstrapKey is no flag: the command lines of processes can be read by others.
	BootstrapKey = "COUNTERSIGN_BOOTSTRAP_API_KEY"
)

// serviceLink matches what Kubernetes puts into the environment of every pod in
// the namespace of a Service called countersign, or countersign-something.
var serviceLink = regexp.MustCompile(`^COUNTERSIGN_([A-Z0-9_]+_)?(SERVICE_HOST=|SERVICE_PORT(_[A-Z0-9_]+)?=\d+$|PORT=(tcp|udp|sctp)://|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?=)`)

// Tidy takes away the white space around the variables: no setting has
// any, and the line break of a file that was read into one is easily missed. A
// variable that is set to nothing, as compose files do with ${NAME:-}, becomes
// one that is not set.
func Tidy() {
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		if tidy := strings.TrimSpace(value); tidy == "" {
			_ = os.Unsetenv(name)
		} else if tidy != value {
			_ = os.Setenv(name, tidy)
		}
	}
}

// Check refuses settings that do not exist: a setting that is
// misspelled would otherwise be one that is silently not in force.
func Check(model *kong.Application, environment []string) error {
	known := Known(model)
	for _, entry := range environment {
		name, _, _ := strings.Cut(entry, "=")
		switch {
		case !strings.HasPrefix(name, Prefix), strings.HasPrefix(name, testPrefix):
		case slices.Contains(known, name), serviceLink.MatchString(entry):
		default:
			return fmt.Errorf("the environment variable %s means nothing here%s See: countersign serve --help", name, suggestion(name, known))
		}
	}
	return nil
}

// Known are those of all flags of all commands.
func Known(model *kong.Application) []string {
	known := []string{BootstrapKey}
	_ = kong.Visit(model.Node, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known = append(known, flag.Envs...)
		}
		return next(nil)
	})
	slices.Sort(known)
	return slices.Compact(known)
}

// suggestion names the setting that was meant, where there is one that is like it.
func suggestion(name string, known []string) string {
	if meant := nearest(name, known); meant != "" {
		return "; did you mean " + meant + "?"
	}
	return "."
}

// nearest prefers names that contain the word. It is empty where more than a
// third of the letters would have to change.
func nearest(name string, known []string) string {
	word := strings.TrimPrefix(name, Prefix)
	containing := slices.DeleteFunc(slices.Clone(known), func(other string) bool { return !contains(other, word) })
	if len(containing) > 0 {
		known = containing
	}
	found := slices.MinFunc(known, func(a, b string) int { return distance(name, a) - distance(name, b) })
	if len(containing) == 0 && 3*distance(name, found) > len(name) {
		return ""
	}
	return found
}

// contains reports whether word is one or more of the words of name.
func contains(name, word string) bool { return strings.Contains(name+"_", "_"+word+"_") }

// distance is Levenshtein's: how many letters to insert, remove or change.
func distance(a, b string) int {
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		diagonal := last[0]
		last[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = last[j+1]
			last[j+1] = min(change, last[j]+1, last[j+1]+1)
		}
	}
	return last[len(b)]
}
