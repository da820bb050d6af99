package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/countersign/countersign/cmd/countersign/internal/environment"
)

// Each command says in a line what it does, and at length with an example that
// can be pasted.
func TestEveryCommandTeaches(t *testing.T) {
	t.Parallel()
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	leaves := parser.Model.Leaves(false)
	if len(leaves) < 14 {
		t.Errorf("%d commands were found", len(leaves))
	}
	for _, leaf := range leaves {
		if leaf.Help == "" || !strings.Contains(leaf.Detail, " "+leaf.FullPath()) {
			t.Errorf("%s has no example in its help:\n%s\n%s", leaf.FullPath(), leaf.Help, leaf.Detail)
		}
		for _, value := range append(flags(leaf), leaf.Positional...) {
			if value.Help == "" {
				t.Errorf("%s does not explain %s", leaf.FullPath(), value.ShortSummary())
			}
		}
	}
}

func flags(leaf *kong.Node) []*kong.Value {
	var values []*kong.Value
	for _, level := range leaf.AllFlags(false) {
		for _, flag := range level {
			values = append(values, flag.Value)
		}
	}
	return values
}

// The settings that the design names, and no flag that would show a secret to
// whoever lists processes.
func TestSettingsAreKnown(t *testing.T) {
	t.Parallel()
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Join(environment.Known(parser.Model), " ") + " "
	for _, name := range []string{
		"ADDR", "DATABASE_URL", "DATABASE_URL_FILE", "ISSUER", "KEYSET", "BOOTSTRAP_TENANT", "BOOTSTRAP_API_KEY",
		"BOOTSTRAP_API_KEY_FILE", "BOOTSTRAP_SANDBOX", "TRUSTED_PROXIES", "LOG_LEVEL", "MIGRATE", "MAX_CLOCK_GAP", "SHUTDOWN_DELAY",
		"MAX_IN_FLIGHT", "START_TIMEOUT", "METRICS_ADDR", "DATABASE_MAX_CONNECTIONS",
	} {
		if !strings.Contains(known, environment.Prefix+name+" ") {
			t.Errorf("%s%s is not known among %s", environment.Prefix, name, known)
		}
	}
	for _, leaf := range parser.Model.Leaves(false) {
		for _, flag := range flags(leaf) {
			if flag.Name == "bootstrap-api-key" {
				t.Errorf("%s takes the bootstrap key on the command line", leaf.FullPath())
			}
		}
	}
}
