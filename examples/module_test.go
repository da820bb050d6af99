package examples_test

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

const (
	clientModule = "github.com/countersign/countersign/clients/go"
	clientFolder = "../clients/go"
)

// mainOfHost is what the host of the README lacks to be a program.
const mainOfHost = `package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

func main() {
	handler, err := newHost(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening at http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, handler))
}

func checkPassword(name, password string) (userID string, right bool) {
	return name, name == "ada" && password == "correct horse"
}
`

func TestTheGoClientInstallsIntoAnEmptyProjectAndLogsIn(t *testing.T) {
	t.Parallel()
	tag, replaced := installBlocks(t)
	project := newProject(t)
	for _, line := range replaced { // until there is a release
		project.run(t, strings.ReplaceAll(line, "../countersign/", project.repository+"/"))
	}
	project.run(t, "go build -trimpath -o host .")

	project = newProject(t)
	publishModule(t, project.proxy, versionIn(t, tag[0]))
	for _, line := range tag {
		project.run(t, line)
	}
	project.run(t, "go build -trimpath -o host .")

	f := newFront(t)
	service := serve(t, "COUNTERSIGN_ISSUER="+f.URL)
	f.leadsTo(t, service.url)
	key := service.tenant(t, "acme")
	ticketOf, next := enrollPhone(caller{t, service.url, key}, "ada")

	b := run(t, project.dir, filepath.Join(project.dir, "host"), f.URL, key).password(t, "ada")
	if got := b.proves("forged"); got.status != http.StatusForbidden || b.isIn("ada") {
		t.Fatalf("what is no token: %d\n%s", got.status, b.log)
	}
	if got := b.proves(ticketOf(b, next)); got.status != http.StatusNoContent || !b.isIn("ada") {
		t.Errorf("proof: %d\n%s", got.status, b.log)
	}
}

// enrollPhone gives a user of a tenant that is no sandbox an app, and returns what proves its next code at a host.
func enrollPhone(c caller, user string) (prove func(b *browser, code string) (token string), next string) {
	c.call("PUT", "/v1/users/"+user, object{"username": user, "auth_source": "local", "role": "member", "active": true})
	begun := c.call("POST", "/v1/users/"+user+"/factors", object{"type": "totp"})
	code := func(at time.Time) string {
		shown, err := totp.GenerateCode(begun["totp"].(object)["secret"].(string), at)
		if err != nil {
			c.t.Fatal(err)
		}
		return shown
	}
	const step = 30 * time.Second
	now := time.Now()
	c.call("POST", "/v1/users/"+user+"/factors/"+begun["factor_id"].(string)+"/confirm", object{"codes": []string{code(now.Add(-step)), code(now)}})
	return func(b *browser, code string) string {
		ticket, _ := (&stage{}).asks(b.t, b)
		return caller{b.t, c.url, ticket}.call("POST", "/v1/users/"+user+"/verify", object{"code": code})["step_up_token"].(string)
	}, code(now.Add(step))
}

// project is an empty Go module with the host of the README, and module cache and proxy of its own.
type project struct {
	dir, proxy, repository string
	env                    []string
}

func newProject(t *testing.T) project {
	t.Helper()
	sample := read(t, clientFolder+"/secondstep/example_test.go")
	p := project{dir: folder(t, map[string]string{
		"main.go": mainOfHost,
		"host.go": strings.Replace(sample, "package secondstep_test", "package main", 1),
		"go.sum":  read(t, clientFolder+"/go.sum"), // so that what others wrote is what we know
	}), proxy: t.TempDir()}
	var err error
	if p.repository, err = filepath.Abs(".."); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	known := strings.Fields(string(out))
	if err != nil || len(known) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	p.env = append(os.Environ(), "GOMODCACHE="+filepath.Join(t.TempDir(), "modules"), "GOFLAGS=-modcacherw", "GOWORK=off", "GOSUMDB=off", "CGO_ENABLED=0",
		"GOPROXY=file://"+p.proxy+",file://"+known[0]+"/cache/download,"+known[1])
	p.run(t, "go mod init example.com/host")
	return p
}

func (p project) run(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	command := exec.CommandContext(t.Context(), words[0], words[1:]...)
	command.Dir, command.Env = p.dir, p.env
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// installBlocks are the commands under Install in the README: those of a release, and those until there is one.
func installBlocks(t *testing.T) (tag, replaced []string) {
	t.Helper()
	_, install, _ := strings.Cut(read(t, clientFolder+"/README.md"), "## Install\n")
	install, _, _ = strings.Cut(install, "\n## ")
	var blocks [][]string
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(install, -1) {
		blocks = append(blocks, strings.Split(strings.TrimPrefix(strings.TrimSpace(block[1]), "$ "), "\n$ "))
	}
	if len(blocks) != 2 {
		t.Fatalf("%d blocks under Install", len(blocks))
	}
	return blocks[0], blocks[1]
}

func versionIn(t *testing.T, line string) string {
	t.Helper()
	_, version, found := strings.Cut(line, clientModule+"@")
	if !found {
		t.Fatalf("%q names no version", line)
	}
	return version
}

// publishModule puts the client into a folder that serves as a proxy, as its tag gives it: clients/go alone.
func publishModule(t *testing.T, proxy, version string) {
	t.Helper()
	dir := filepath.Join(proxy, clientModule, "@v")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": version + "\n", version + ".mod": read(t, clientFolder+"/go.mod"),
		version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.Create(filepath.Join(dir, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	packed := zip.NewWriter(file)
	err = fs.WalkDir(os.DirFS(clientFolder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		w, err := packed.Create(clientModule + "@" + version + "/" + path)
		if err == nil {
			_, err = w.Write([]byte(read(t, clientFolder+"/"+path)))
		}
		return err
	})
	if err == nil {
		err = packed.Close()
	}
	if err != nil || file.Close() != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
