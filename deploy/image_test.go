package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// imageConfig is what a container of an image starts with.
type imageConfig struct {
	User            string
	Env             []string
	Entrypoint, Cmd []string
	Volumes         map[string]struct{}
	Healthcheck     struct{ Test []string }
}

// imageContext copies what the image of the binary is built of, so that the test leaves bin/ as it is.
func imageContext(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"bin/data", "scripts"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{
		"../Dockerfile": "Dockerfile", "../.dockerignore": ".dockerignore", "../scripts/image.sh": "scripts/image.sh",
		processtest.Binary(t): "bin/countersign", "/etc/ssl/certs/ca-certificates.crt": "bin/ca-certificates.crt",
	} {
		output(t, exec.CommandContext(t.Context(), "cp", from, filepath.Join(dir, to)))
	}
	return dir
}

// builder is buildah, which builds and mounts images without an engine.
type builder struct {
	t       *testing.T
	program string
}

func (b builder) run(args ...string) string {
	b.t.Helper()
	command := exec.CommandContext(context.Background(), b.program, append([]string{"--storage-driver", "vfs"}, args...)...)
	return strings.TrimSpace(output(b.t, command))
}

// container is an image whose files are mounted.
type container struct {
	imageConfig
	root string
}

// build makes the image of the binary as `make image-prebuilt` does.
func (b builder) build(name string) container {
	b.t.Helper()
	output(b.t, exec.CommandContext(b.t.Context(), filepath.Join(imageContext(b.t), "scripts/image.sh"), name, "test", "prebuilt"))
	b.t.Cleanup(func() { b.run("rmi", name) })
	id := b.run("from", "--pull-never", name)
	b.t.Cleanup(func() { b.run("rm", id) })
	var inspected struct{ Docker struct{ Config imageConfig } }
	if err := json.Unmarshal([]byte(b.run("inspect", "--type", "image", name)), &inspected); err != nil {
		b.t.Fatal(err)
	}
	return container{imageConfig: inspected.Docker.Config, root: b.run("mount", id)}
}

// command runs in the container's files as its user, with what the image sets and these settings.
func (c container) command(t *testing.T, settings []string, args ...string) *exec.Cmd {
	t.Helper()
	var user, group uint32
	if _, err := fmt.Sscanf(c.User, "%d:%d", &user, &group); err != nil || user == 0 {
		t.Fatalf("the user is %q: %v", c.User, err)
	}
	command := process.Command(context.Background(), "/", append(slices.Clone(c.Env), settings...), args[0], args[1:]...)
	command.SysProcAttr.Chroot = c.root
	command.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: group}
	return command
}

// The image of the binary serves as it is: its entry point, as its user, in nothing but its own files, on a
// database in its volume. That takes root and buildah; scripts/test-tools.sh installs it for root.
func TestTheImageOfTheBinaryServes(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("to enter an image without an engine takes root")
	}
	c := builder{t, tool(t, "buildah")}.build(fmt.Sprintf("localhost/countersign-test:%d", os.Getpid()))
	if _, volume := c.Volumes["/data"]; !volume || !slices.Contains(c.Env, "COUNTERSIGN_ADDR=0.0.0.0:8080") {
		t.Errorf("the image is set up as %+v", c.imageConfig)
	}
	settings := []string{"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_SHUTDOWN_DELAY=0s"}
	server, _ := processtest.Start(t, c.command(t, settings, append(slices.Clone(c.Entrypoint), c.Cmd...)...))
	address := processtest.Ready(t, server)
	for _, check := range [][]string{c.Healthcheck.Test[1:], {"/countersign", "healthcheck"}, {"/countersign", "tenant", "create", "acme"}} {
		output(t, c.command(t, []string{"COUNTERSIGN_ADDR=" + address}, check...))
	}
	if info, err := os.Stat(filepath.Join(c.root, "data", "countersign.keyset")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keyset: %v, %v", info, err)
	}
	if err := server.End(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
}

// What an image needs of the tree is not kept out of it, and what is not needed is.
func TestTheImageFromSourceHasAllItIsBuiltOf(t *testing.T) {
	t.Parallel()
	listed := output(t, exec.CommandContext(t.Context(), "go", "list", "-C", "..", "-deps",
		"-f", `{{if and .Module .Module.Main}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{end}}`, "./cmd/countersign"))
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ignored := readIgnored(t)
	files := 0
	for path := range strings.Lines(listed) {
		name, err := filepath.Rel(root, strings.TrimSpace(path))
		if err != nil || name == "." || strings.TrimSpace(path) == "" {
			continue
		}
		if files++; ignored(name) {
			t.Errorf(".dockerignore keeps out %s, which the program is built of", name)
		}
	}
	if files < 300 {
		t.Errorf("only %d files were listed", files)
	}
	for _, name := range []string{"LICENSE", "examples/host/main.go", "deploy/compose.yaml", "web/node_modules/x/index.js", "data/demo.key"} {
		if !ignored(name) {
			t.Errorf(".dockerignore lets in %s", name)
		}
	}
}

// readIgnored reads .dockerignore: the last pattern that matches a file, or a folder above it, decides.
func readIgnored(t *testing.T) func(name string) bool {
	t.Helper()
	patterns := strings.Fields(readFile(t, "../.dockerignore"))
	return func(name string) bool {
		ignored := false
		for _, pattern := range patterns {
			bare, keeps := strings.CutPrefix(pattern, "!")
			for above := name; above != "."; above = filepath.Dir(above) {
				anywhere, deep := strings.CutPrefix(bare, "**/")
				target := above
				if deep {
					bare, target = anywhere, filepath.Base(above)
				}
				if matched, _ := filepath.Match(bare, target); matched {
					ignored = !keeps
				}
			}
		}
		return ignored
	}
}
