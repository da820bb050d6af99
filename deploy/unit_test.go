package deploy_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

const installed = "/usr/local/bin/countersign"

// mostExposed is ten times what systemd rates the unit at: 0 is the best, 100 the worst.
const mostExposed = "12"

// unit is the values of each setting of countersign.service, in order.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	settings := map[string][]string{}
	for line := range strings.Lines(shipped(t, "countersign.service")) {
		name, value, assigns := strings.Cut(strings.TrimSpace(line), "=")
		if assigns && !strings.HasPrefix(line, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

func TestTheUnitStartsACommandThatExistsWithSettingsItKnows(t *testing.T) {
	t.Parallel()
	u := unit(t)
	words := strings.Fields(u["ExecStart"][0])
	if words[0] != installed {
		t.Fatalf("it starts %v", words)
	}
	help := output(t, process.Command(t.Context(), ".", nil, processtest.Binary(t), append(slices.Clone(words[1:]), "--help")...))
	credentials := map[string]bool{}
	for _, loaded := range u["LoadCredential"] {
		name, path, _ := strings.Cut(loaded, ":")
		credentials[name] = path == "/etc/countersign/"+name
	}
	for _, assigned := range u["Environment"] {
		setting, value, _ := strings.Cut(assigned, "=")
		if name, isCredential := strings.CutPrefix(value, "%d/"); !isCredential || !credentials[name] {
			t.Errorf("%s names no credential", assigned)
		}
		if !strings.Contains(help, setting) {
			t.Errorf("serve does not know %s", setting)
		}
	}
	for line := range strings.Lines(shown(t, "ini", "COUNTERSIGN_ISSUER=")) {
		if setting, _, _ := strings.Cut(line, "="); !strings.Contains(help, setting) {
			t.Errorf("serve does not know %s", setting)
		}
	}
}

// The unit is as the document says: checked by systemd, and rated.
func TestTheUnitIsTakenBySystemdAndHardened(t *testing.T) {
	t.Parallel()
	path, err := filepath.Abs(processtest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	copied := write(t, t.TempDir(), "countersign.service", strings.ReplaceAll(shipped(t, "countersign.service"), installed, path))
	analyze := tool(t, "systemd-analyze")
	if said, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", copied).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	rated := output(t, exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=true", "--threshold="+mostExposed, copied))
	rating := mostExposed[:1] + "." + mostExposed[1:]
	if !strings.Contains(rated, "countersign.service: "+rating) || !strings.Contains(described(t), "rates it "+rating) {
		t.Errorf("the document does not say %s, or systemd does not:\n%s", rating, rated)
	}
}

// serveByUnit starts a replica of the installation with the settings of the unit alone.
func (i *installation) serveByUnit(t *testing.T) {
	u := unit(t)
	settings := []string{"COUNTERSIGN_ADDR=127.0.0.1:0"}
	for _, assigned := range u["Environment"] {
		settings = append(settings, strings.ReplaceAll(assigned, "%d/", i.dir+"/"))
	}
	words := strings.Fields(u["ExecStart"][0])
	replica, _ := processtest.Start(t, process.Command(t.Context(), t.TempDir(), settings, processtest.Binary(t), words[1:]...))
	processtest.Ready(t, replica)
}
