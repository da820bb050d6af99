package countersign_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What a host's go.mod gets from each package, beside this module.
func TestAHostInheritsNothingButWhatItUses(t *testing.T) {
	t.Parallel()
	const own = "github.com/countersign/countersign/clients/go"
	for folder, want := range map[string][]string{
		".":            {own},
		"./stepup":     {own, "github.com/golang-jwt/jwt/v5"},
		"./secondstep": {own, "github.com/golang-jwt/jwt/v5"},
	} {
		out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", folder).Output()
		if err != nil {
			t.Fatal(err)
		}
		modules := strings.Fields(string(out))
		slices.Sort(modules)
		if modules = slices.Compact(modules); !slices.Equal(modules, want) {
			t.Errorf("%s needs %q, want %q", folder, modules, want)
		}
	}
}
