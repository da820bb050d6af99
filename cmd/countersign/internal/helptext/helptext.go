// Package helptext is what --help says: of each command what it does, when one needs it,
// an example that can be pasted, and the settings that it reads.
package helptext

import (
	"embed"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

//go:embed text
var texts embed.FS

// Overview is what is said of the program as a whole.
func Overview() string { return text("overview") }

func text(name string) string {
	content, err := texts.ReadFile("text/" + name + ".txt")
	if err != nil {
		return "" // of which a test knows
	}
	return strings.TrimSpace(string(content))
}

// Names are those of the texts, sorted.
func Names() []string {
	entries, _ := texts.ReadDir("text")
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".txt")
	}
	return names
}

// file is where the text of a command is, as in tenant_create for "countersign tenant create".
func file(command *kong.Node) string {
	_, words, _ := strings.Cut(command.FullPath(), " ")
	return strings.ReplaceAll(words, " ", "_")
}

// Options give every command its text, and have --help show the settings that the
// command reads and no others.
func Options() []kong.Option {
	return []kong.Option{
		kong.PostBuild(func(k *kong.Kong) error {
			for _, command := range k.Model.Leaves(false) {
				if command.Detail = text(file(command)); command.Detail == "" {
					return fmt.Errorf("there is no text/%s.txt", file(command))
				}
			}
			return nil
		}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "settings", Title: "Settings:", Description: "Each is also the environment variable in brackets."},
			{Key: "serving", Title: "Settings of serve:"},
		}),
		kong.Help(func(o kong.HelpOptions, ctx *kong.Context) error {
			showOwnSettings(ctx.Selected())
			return kong.DefaultHelpPrinter(o, ctx)
		}),
	}
}

// withoutDatabase are the commands that read none of the settings of the root.
var withoutDatabase = map[string]bool{"healthcheck": true, "version": true}

// WithoutDatabase reports whether a command works whatever the settings of the
// database say.
func WithoutDatabase(command string) bool { return withoutDatabase[command] }

// showOwnSettings hides the settings that the command does not read. What it shares
// with serve stands with the others.
func showOwnSettings(command *kong.Node) {
	if command == nil || command.Name == "serve" {
		return
	}
	var shared *kong.Group
	for _, flag := range root(command).Flags {
		if flag.Group != nil && flag.Group.Key == "settings" {
			shared, flag.Hidden = flag.Group, withoutDatabase[command.Name]
		}
	}
	for _, flag := range command.Flags {
		if flag.Group != nil && flag.Group.Key == "serving" {
			flag.Group = shared
		}
	}
}

func root(command *kong.Node) *kong.Node {
	for command.Parent != nil {
		command = command.Parent
	}
	return command
}
