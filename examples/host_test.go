package examples_test

import (
	"context"
	_ "embed"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// The hosts are embedded, so that what is started is what was compiled in.
var (
	//go:embed python/host.py
	hostInPython string
	//go:embed java/Host.java
	hostInJava string
)

// language is how a host is started in a folder that has it.
type language struct {
	file, source string
	command      func(t *testing.T, dir string) []string
}

var languages = map[string]language{
	"python": {"host.py", hostInPython, func(t *testing.T, _ string) []string { return []string{pythonWithCryptography(t), "host.py"} }},
	"java":   {"Host.java", hostInJava, compiledJava},
}

// compiledJava compiles once what is started twice.
func compiledJava(t *testing.T, dir string) []string {
	t.Helper()
	compile := process.Command(t.Context(), dir, nil, program(t, "javac", "default-jdk-headless"), "-Xlint:all", "-Werror", "-cp", gson, "Host.java")
	if out, err := compile.CombinedOutput(); err != nil {
		t.Fatalf("%v; it needs Debian's libgoogle-gson-java too\n%s", err, out)
	}
	return []string{program(t, "java", "default-jdk-headless"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", gson + ":.", "Host"}
}

// gson is where Debian's libgoogle-gson-java puts it.
const gson = "/usr/share/java/gson.jar"

func program(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing; install Debian's package %s", name, debianPackage)
	}
	return path
}

// pythonWithCryptography is Debian's, or the one that the tester has.
func pythonWithCryptography(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import cryptography").Run() == nil {
			return program(t, python, "python3")
		}
	}
	t.Fatal("no python3 has cryptography; install Debian's package python3-cryptography")
	return ""
}

// installed is a host in a folder with a service key.
type installed struct {
	dir     string
	command []string
}

func (l language) install(t *testing.T, key string) installed {
	t.Helper()
	dir := folder(t, map[string]string{l.file: l.source, "service.key": key + "\n"})
	return installed{dir, l.command(t, dir)}
}

// host is a running one.
type host struct {
	url string
	log *process.Record
}

var listening = regexp.MustCompile(`listening at (\S+)`)

// start starts a host on a free port.
func (i installed) start(t *testing.T, flags ...string) host {
	t.Helper()
	return run(t, i.dir, slices.Concat(i.command, []string{"--addr", "127.0.0.1:0", "--issuer", issuer, "--key", "service.key"}, flags)...)
}

func run(t *testing.T, dir string, words ...string) host {
	t.Helper()
	running, log := processtest.Start(t, process.Command(context.Background(), dir, nil, words[0], words[1:]...))
	if err := running.Await(processtest.Within(t), "listen", func() bool { return listening.MatchString(log.String()) }); err != nil {
		t.Fatal(err)
	}
	return host{listening.FindStringSubmatch(log.String())[1], log}
}

// browser is one, with the cookie that it keeps.
type browser struct {
	t *testing.T
	host
	cookie string
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	text   string
}

// direct sends each request once, on a connection of its own.
var direct = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       30 * time.Second,
}

// send sends what a page of the host sends, but for the headers; an empty one is left out.
func (b *browser) send(method, path, body string, headers ...string) reply {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {"same-origin"}}
	if b.cookie != "" {
		request.Header.Set("Cookie", "session="+b.cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		if request.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	answer, err := direct.Do(request)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.log)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, set := range answer.Cookies() {
		b.cookie = set.Value
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// password begins a login in a browser of its own.
func (h host) password(t *testing.T, user string) *browser {
	t.Helper()
	b := &browser{t: t, host: h}
	if got := b.send("POST", "/login", "username="+user+"&password=correct+horse"); got.status != http.StatusSeeOther || b.cookie == "" {
		t.Fatalf("password: %d, %s\n%s", got.status, got.text, h.log)
	}
	return b
}

// isIn reports whether the host shows the browser who is logged in.
func (b *browser) isIn(user string) bool {
	b.t.Helper()
	got := b.send("GET", "/", "")
	return got.status == http.StatusOK && strings.Contains(got.text, "Welcome, "+user)
}

// proves brings a token to the host.
func (b *browser) proves(token string) reply {
	b.t.Helper()
	return b.send("POST", "/login/second-step", "{}", "Content-Type", "application/json", "Step-Up-Token", token)
}
