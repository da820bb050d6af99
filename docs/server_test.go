package docs_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }

// development is a running `serve --dev`.
type development struct {
	dir    string // where data/ is
	url    string
	banner string
}

var bannerURL = regexp.MustCompile(`http://localhost:\d+`)

const bannerEnd = "Ctrl-C ends it."

// startDevelopment starts it in an empty directory and on a free port.
func startDevelopment(t *testing.T) development {
	t.Helper()
	dir, banner := t.TempDir(), &process.Record{}
	command := process.Command(context.Background(), dir, []string{"COUNTERSIGN_ADDR=127.0.0.1:0"}, processtest.Binary(t), "serve", "--dev")
	command.Stdout = banner
	server, _ := processtest.Start(t, command)
	t.Cleanup(func() {
		if err := server.End(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
	})
	processtest.Ready(t, server)
	if err := server.Await(processtest.Within(t), "print its banner", func() bool { return strings.Contains(banner.String(), bannerEnd) }); err != nil {
		t.Fatal(err)
	}
	return development{dir: dir, url: bannerURL.FindString(banner.String()), banner: banner.String()}
}

// shell runs a script in one strict shell, in the directory of the server, and
// returns what it printed.
func (d development) shell(t *testing.T, script string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := process.Command(ctx, d.dir, []string{"API=" + d.url}, "sh", "-eu")
	command.Stdin = strings.NewReader(script)
	var stderr strings.Builder
	command.Stderr = &stderr
	stdout, err := command.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("the shell: %v\n%s\nbefore that it printed:\n%s", err, stderr.String(), stdout)
	}
	return string(stdout)
}

// A passkey works in the first minute: browsers bind none to an address, and none
// to a name that the page is not at.
func TestWhatIsTriedHasPasskeys(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	out, err := process.Command(t.Context(), server.dir, nil, processtest.Binary(t), "tenant", "list", "--output", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var listed struct {
		Tenants []struct {
			RPID    string   `json:"rp_id"`
			Origins []string `json:"origins"`
		} `json:"tenants"`
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		t.Fatal(err)
	}
	if len(listed.Tenants) != 1 || listed.Tenants[0].RPID != "localhost" || !slices.Equal(listed.Tenants[0].Origins, []string{server.url}) {
		t.Errorf("at %s: %s", server.url, out)
	}
}
