package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/cmd/countersign/internal/environment"
	"github.com/countersign/countersign/cmd/countersign/internal/helptext"
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
		"MAX_IN_FLIGHT", "START_TIMEOUT", "METRICS_ADDR", "WEBHOOK_ALLOW", "DATABASE_MAX_CONNECTIONS", "AUDIT_LOG", "AUDIT_LOG_REQUIRED",
		"AUDIT_RETENTION",
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

// What --help leaves out nobody finds, and what a command does not read misleads.
func TestHelpShowsTheSettingsThatACommandReads(t *testing.T) {
	t.Parallel()
	stored := []string{"COUNTERSIGN_DATABASE_URL", "COUNTERSIGN_DATABASE_URL_FILE", "COUNTERSIGN_KEYSET", "COUNTERSIGN_LOG_LEVEL"}
	want := map[string][]string{
		"healthcheck": {"COUNTERSIGN_ADDR"}, "version": nil,
		"migrate":        append(slices.Clone(stored), "COUNTERSIGN_START_TIMEOUT"),
		"audit prune":    append([]string{"COUNTERSIGN_AUDIT_RETENTION"}, stored...),
		"webhook create": append(slices.Clone(stored), "COUNTERSIGN_WEBHOOK_ALLOW"), "webhook test": append(slices.Clone(stored), "COUNTERSIGN_WEBHOOK_ALLOW"),
	}
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	want["serve"] = environment.Known(parser.Model)
	for _, leaf := range parser.Model.Leaves(false) {
		_, command, _ := strings.Cut(leaf.FullPath(), " ")
		names, special := want[command]
		if !special {
			names = stored
		}
		text := helpOf(t, command)
		if diff := cmp.Diff(names, settingsIn(text)); diff != "" {
			t.Errorf("countersign %s --help (-want +got):\n%s", command, diff)
		}
		if strings.Contains(text, "Settings of serve") != (command == "serve") {
			t.Errorf("countersign %s --help has the wrong headings:\n%s", command, text)
		}
	}
}

func helpOf(t *testing.T, command string) string {
	t.Helper()
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	parser.Stdout, parser.Exit = &out, func(int) {}
	_, _ = parser.Parse(append(strings.Fields(command), "--help")) // goes on where it would have ended
	return out.String()
}

// settingsIn are the variables in the part of a help that lists settings.
func settingsIn(text string) []string {
	_, listed, _ := strings.Cut(text, "\nSettings")
	var names []string
	for _, name := range regexp.MustCompile(`COUNTERSIGN_[A-Z_]+`).FindAllString(listed, -1) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// A text that belongs to no command was left behind by one that was renamed.
func TestEveryHelpTextIsOfACommand(t *testing.T) {
	t.Parallel()
	parser, err := newParser(&cli{})
	if err != nil {
		t.Fatal(err)
	}
	commands := []string{"overview"}
	for _, leaf := range parser.Model.Leaves(false) {
		_, command, _ := strings.Cut(leaf.FullPath(), " ")
		commands = append(commands, strings.ReplaceAll(command, " ", "_"))
	}
	slices.Sort(commands)
	if diff := cmp.Diff(commands, helptext.Names()); diff != "" {
		t.Errorf("texts of --help (-commands +texts):\n%s", diff)
	}
}
