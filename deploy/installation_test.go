package deploy_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// site is the name of the installation, in its issuer and in the certificates.
const site = "2fa.example.com"

// proxyAddress is where the proxies ask from, on this machine.
const proxyAddress = "127.0.0.1"

// installation is what compose.yaml describes, as processes on this machine instead of containers.
type installation struct {
	dir         string
	file        composeFile
	replicas    []*process.Process
	addresses   []string // of the replicas
	key         string   // of the tenant acme, a sandbox
	operatorKey string
}

// install does what the document says to do before the first start, and starts the replicas.
func install(t *testing.T) *installation {
	t.Helper()
	i := &installation{dir: t.TempDir(), file: readCompose(t, site)}
	if err := os.WriteFile(filepath.Join(i.dir, "database-url"), []byte(pgtest.URL(t)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, i.command(t, "migrate", "keys", "init"))
	output(t, i.command(t, "migrate"))
	created := output(t, i.command(t, "migrate", "tenant", "create", "acme", "--sandbox", "--output", "json"))
	i.key = text(t, created, "api_key")
	i.operatorKey = text(t, output(t, i.command(t, "migrate", "operatorkey", "create", "--output", "json")), "operator_key")
	for _, name := range []string{"countersign-1", "countersign-2"} {
		i.serve(t, name)
	}
	return i
}

// command is what a service of the file runs, or other arguments in its place.
func (i *installation) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	s, known := i.file.Services[name]
	if !known || s.Image != ourImage {
		t.Fatalf("compose.yaml has no service %s of this image", name)
	}
	if len(args) == 0 {
		args = s.Command
	}
	// Of containers and their network, to this machine.
	here := strings.NewReplacer("/run/secrets/", i.dir+"/", "/data/", i.dir+"/", "0.0.0.0:9090", "127.0.0.1:0",
		i.file.Services["countersign-1"].Environment["COUNTERSIGN_TRUSTED_PROXIES"], proxyAddress)
	environment := maps.Clone(s.Environment)
	environment["COUNTERSIGN_ADDR"] = "127.0.0.1:0" // the image sets another
	var settings []string
	for setting, value := range environment {
		settings = append(settings, setting+"="+here.Replace(value))
	}
	return process.Command(context.Background(), i.dir, settings, processtest.Binary(t), args...)
}

func (i *installation) serve(t *testing.T, name string) {
	t.Helper()
	replica, _ := processtest.Start(t, i.command(t, name))
	address := processtest.Ready(t, replica)
	i.replicas, i.addresses = append(i.replicas, replica), append(i.addresses, address)
}
