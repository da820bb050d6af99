package e2e_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// administer sends a statement to a database, as its superuser.
func administer(t *testing.T, database, statement string) {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["default_transaction_read_only"] = "off" // whatever the database says
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), strings.ReplaceAll(statement, "{database}", conn.Config().Database)); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

const endSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'countersign' AND datname = '{database}'"

// setting is what the environment of a site has.
func (s site) setting(name string) string {
	for _, entry := range slices.Backward(s.env) {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// with has further settings, which win.
func (s site) with(env ...string) site {
	s.env = append(slices.Clone(s.env), env...)
	return s
}

// fails runs a command that must fail by itself, and returns what it said.
func (s site) fails(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	said, err := s.prepare(ctx, args...).CombinedOutput()
	if err == nil || ctx.Err() != nil {
		t.Errorf("countersign %v ends with %v", args, err)
	}
	return string(said)
}

// becomes waits until readiness finds something of a check.
func (r *server) becomes(check, finding string) {
	r.t.Helper()
	eventually(r.t, check+" is "+finding, func() bool {
		a := curl(r.t, "", "GET", r.url+"/readyz", "")
		checks, _ := a.body["checks"].(map[string]any)
		return checks[check] == finding && (a.status == 200) == (finding == "ok")
	})
}

func TestADatabaseThatTakesNoWritesIsNotReady(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	database := s.setting("COUNTERSIGN_DATABASE_URL")
	replica := s.serve(t)
	address := strings.TrimPrefix(replica.url, "http://")
	ready := func(want string) {
		t.Helper()
		if metrics := curl(t, "", "GET", replica.url+"/metrics", "").must(200).text; !strings.Contains(metrics, "\ncountersign_ready "+want+"\n") {
			t.Errorf("the metrics do not say countersign_ready %s", want)
		}
	}
	ready("1")
	administer(t, database, "ALTER DATABASE {database} SET default_transaction_read_only = on")
	administer(t, database, endSessions)
	replica.becomes("database", "read_only")
	ready("0")
	if said := s.fails(t, "healthcheck", "--addr", address); !strings.Contains(said, "not ready") {
		t.Errorf("healthcheck says %s", said)
	}
	if said := s.command(t, "healthcheck", "--live", "--addr", address); said != "alive" {
		t.Errorf("healthcheck --live says %s", said)
	}
	administer(t, database, "ALTER DATABASE {database} RESET default_transaction_read_only")
	administer(t, database, endSessions)
	replica.becomes("database", "ok")
	if n := strings.Count(replica.log.String(), "grant the role its rights"); n != 1 {
		t.Errorf("the log says %d times what to do:\n%s", n, replica.log)
	}
}

// What restarts a process for its health check must not do so for the settings
// of the database.
func TestTheHealthcheckReadsNoSettingOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	address := strings.TrimPrefix(s.serve(t).url, "http://")
	for _, env := range []string{"COUNTERSIGN_DATABASE_URL_FILE=/nowhere/url", "COUNTERSIGN_DATABASE_URL=nonsense"} {
		if got := s.with(env).command(t, "healthcheck", "--live", "--addr", address); got != "alive" {
			t.Errorf("%s: healthcheck printed %q", env, got)
		}
	}
}

// A key comes into every keyset first, and encrypts only then. Whoever was
// forgotten is not ready, and does not start again.
func TestAReplicaWhoseKeysetLacksAKeyIsNotReady(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	added, promoted := s.keysetsWithAnotherKey(t)
	forgotten, told := s.serve(t), s.with("COUNTERSIGN_KEYSET="+added).serve(t)
	newest := s.with("COUNTERSIGN_KEYSET=" + promoted).serve(t)
	forgotten.becomes("keyset", "incomplete")
	told.becomes("keyset", "ok")
	newest.becomes("keyset", "ok")
	for _, command := range []string{"serve", "migrate", "tenant list"} {
		if said := s.fails(t, strings.Fields(command)...); !strings.Contains(said, "the keyset lacks a key") {
			t.Errorf("%s with the old keyset says %s", command, said)
		}
	}
}

// keysetsWithAnotherKey has a further key beside that of the site: in one the old
// key encrypts, in the other the new one.
func (s site) keysetsWithAnotherKey(t *testing.T) (added, promoted string) {
	t.Helper()
	type keyset struct {
		PrimaryKeyID int64             `json:"primaryKeyId"`
		Key          []json.RawMessage `json:"key"`
	}
	read := func(path string) (k keyset) {
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &k)
		}
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	s.with("COUNTERSIGN_KEYSET="+fresh).command(t, "keys", "init")
	old, other := read(s.setting("COUNTERSIGN_KEYSET")), read(fresh)
	write := func(name string, primary int64) string {
		text, err := json.Marshal(keyset{primary, append(slices.Clone(old.Key), other.Key...)})
		path := filepath.Join(t.TempDir(), name)
		if err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("added", old.PrimaryKeyID), write("promoted", other.PrimaryKeyID)
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// at is the database of a site at another address.
func (s site) at(t *testing.T, address string) site {
	t.Helper()
	u, err := url.Parse(s.setting("COUNTERSIGN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = address
	return s.with("COUNTERSIGN_DATABASE_URL=" + u.String())
}

func TestADatabaseThatComesLaterIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	there, err := url.Parse(s.setting("COUNTERSIGN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	database, address := freePort(t), freePort(t)
	replica := s.at(t, database).with("COUNTERSIGN_ADDR=" + address).start(t)
	replica.url = "http://" + address
	eventually(t, "it says that it waits", func() bool {
		return strings.Contains(replica.log.String(), "waiting for the database")
	})
	curl(t, "", "GET", replica.url+"/healthz", "").must(200)
	curl(t, "", "GET", replica.url+"/readyz", "").must(503)
	curl(t, "", "GET", replica.url+"/v1/users", "").refused(503, "unavailable")
	forward(t, database, there.Host)
	replica.becomes("database", "ok")
}

// forward has a database answer at another address too.
func forward(t *testing.T, from, to string) {
	t.Helper()
	listener, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go pipe(client, server)
			go pipe(server, client)
		}
	}()
}

func pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}

func TestWhatNoWaitingMendsFailsAtOnce(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	u, err := url.Parse(s.setting("COUNTERSIGN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	wrongPassword, noDatabase, file := *u, *u, filepath.Join(t.TempDir(), "url")
	wrongPassword.User, noDatabase.Path = url.UserPassword("postgres", "wrong"), "/nowhere"
	if err := os.WriteFile(file, []byte("mysql://nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for said, broken := range map[string]site{
		"refuses the password":                         s.with("COUNTERSIGN_DATABASE_URL=" + wrongPassword.String()),
		"has no such database":                         s.with("COUNTERSIGN_DATABASE_URL=" + noDatabase.String()),
		"connection refused":                           s.at(t, freePort(t)).with("COUNTERSIGN_START_TIMEOUT=0s"),
		"COUNTERSIGN_DATABASE_URL_FILE must be sqlite": s.with("COUNTERSIGN_DATABASE_URL=", "COUNTERSIGN_DATABASE_URL_FILE="+file),
	} {
		for _, command := range []string{"serve", "migrate"} {
			if got := broken.fails(t, command); !strings.Contains(got, said) || strings.Contains(got, "waiting") {
				t.Errorf("%s: want %q, and got\n%s", command, said, got)
			}
		}
	}
	// Nor does anybody wait who does a piece of work at a terminal.
	if got := s.at(t, freePort(t)).fails(t, "tenant", "list"); strings.Contains(got, "waiting") {
		t.Errorf("tenant list: %s", got)
	}
}

func TestASecondServeOnOneSQLiteFileIsRefused(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	first := s.serve(t)
	said := s.fails(t, "serve")
	for _, part := range []string{"data/countersign.db", "is being served by process ", "stop that one, or use PostgreSQL"} {
		if !strings.Contains(said, part) {
			t.Errorf("the second one does not say %q:\n%s", part, said)
		}
	}
	s.createTenant(t, "acme") // beside it
	first.kill()
	s.serve(t).stop()
}

func TestSIGHUPEndsAProcessLikeSIGTERM(t *testing.T) {
	t.Parallel()
	s := newSite(t, "COUNTERSIGN_SHUTDOWN_DELAY=1s")
	replica := s.serve(t)
	replica.signal(syscall.SIGHUP)
	eventually(t, "it hears the signal", func() bool { return strings.Contains(replica.log.String(), "shutting down") })
	replica.signal(syscall.SIGHUP) // a terminal's shell sends one more
	replica.becomes("database", "shutting_down")
	replica.endsWell()
}

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	inside := "http://" + freePort(t)
	replica := onSQLite(t).with("COUNTERSIGN_METRICS_ADDR=" + strings.TrimPrefix(inside, "http://")).serve(t)
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		curl(t, "", "GET", inside+path, "").must(200)
	}
	curl(t, "", "GET", replica.url+"/metrics", "").must(404)
	curl(t, "", "GET", inside+"/v1/users", "").must(404)
	curl(t, "", "GET", replica.url+"/healthz", "").must(200)
	replica.stop()
}

// The pool of a process is as large as it is told.
func TestTheConnectionsOfAProcessAreBounded(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	if said := s.with("COUNTERSIGN_DATABASE_MAX_CONNECTIONS=many").fails(t, "serve"); !strings.Contains(said, "--database-max-connections") {
		t.Errorf("a number that is none: %s", said)
	}
	h := host{s.with("COUNTERSIGN_DATABASE_MAX_CONNECTIONS=2").serve(t), s.createTenant(t, "acme")}
	var load load
	load.start(h, 16)
	eventually(t, "there is load", func() bool { return load.answered.Load() > 200 })
	conn, err := pgx.Connect(t.Context(), s.setting("COUNTERSIGN_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var sessions int
	err = conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'countersign' AND datname = current_database()").Scan(&sessions)
	load.stop(t)
	if err != nil || sessions > 3 { // one of them is readiness's
		t.Errorf("%d sessions, %v", sessions, err)
	}
}

func TestAPasswordInAFileIsRotatedWithoutARestart(t *testing.T) {
	t.Parallel()
	s := onPostgreSQL(t)
	database := s.setting("COUNTERSIGN_DATABASE_URL")
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	name := "role_of_" + strings.TrimPrefix(u.Path, "/")
	file := filepath.Join(t.TempDir(), "url")
	keep := func(password string) {
		t.Helper()
		u.User = url.UserPassword(name, password)
		if err := os.WriteFile(file, []byte(u.String()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	administer(t, database, "CREATE ROLE "+name+" LOGIN SUPERUSER PASSWORD 'one'")
	t.Cleanup(func() { dropRole(t, database, name) })
	keep("one")
	key := s.createTenant(t, "acme")
	replica := host{s.with("COUNTERSIGN_DATABASE_URL=", "COUNTERSIGN_DATABASE_URL_FILE="+file).serve(t), key}
	administer(t, database, "ALTER ROLE "+name+" PASSWORD 'two'")
	administer(t, database, endSessions)
	replica.becomes("database", "unreachable")
	replica.call(t, "GET", "/v1/users", "").refused(503, "unavailable")
	keep("two")
	replica.becomes("database", "ok")
	replica.stop()
}

func dropRole(t *testing.T, database, name string) {
	conn, err := pgx.Connect(context.Background(), database)
	if err == nil {
		_, err = conn.Exec(context.Background(), "DROP ROLE "+name)
		conn.Close(context.Background())
	}
	if err != nil {
		t.Error(err)
	}
}
