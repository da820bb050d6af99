package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/utclog"
	"github.com/countersign/countersign/internal/processtest"
)

// The two halves of a password, with what is not percent-encoded in between.
const (
	firstHalf  = "4711" // could be a port
	secondHalf = "Qx9zw"
)

// wantNoPassword says that no half is in the text.
func wantNoPassword(t *testing.T, url, text string) {
	t.Helper()
	if strings.Contains(text, firstHalf) || strings.Contains(text, secondHalf) {
		t.Errorf("%s\na part of the password is in\n%s", url, text)
	}
}

// misspelledURLs are URLs with a password, and something wrong with each.
func misspelledURLs() []string {
	var urls []string
	for _, between := range []string{
		"", "/", "@", "?", "#", ":", "%", "%%", "%zz", "[", "]", "{", "}", "|", `\`, "^", "&", "=", "+", ",", ";", `"`, "'", "<", ">", "~", "`",
		" ", "\t", "\n", "\x00", "é", "/@", "@/", "?@", "#@", "://", "/?x=y@", "@@", ":/", ":@/",
	} {
		password := firstHalf + between + secondHalf
		for _, shape := range []string{
			"postgres://cs:%s@127.0.0.1:1/db", "postgres://cs:%s@127.0.0.1:1/db?sslmode=disable", "postgresql://cs:%s@127.0.0.1:1/db",
			"postgres://:%s@127.0.0.1:1/db", "postgres://cs:%s@[::1]:1/db", "postgres://cs:%s@[::1:1/db", "postgres://cs:%s@127.0.0.1:x/db",
			"postgres://cs:%s@127.0.0.1:1,127.0.0.1:2/db", "postgres://cs:%s@127.0.0.1:99999/db", "postgres://cs:%s@/db?host=/nowhere",
			"postgres://127.0.0.1:1/db?user=cs&password=%s", "postgres://127.0.0.1:1/db?password=%s&sslmode=nonsense",
			"postgres://127.0.0.1:1/db?password=%s&sslrootcert=/nowhere/ca.pem", "postgres://127.0.0.1:1/db?sslmode=%s",
			"postgres://127.0.0.1:1/db?port=%s", "postgres://127.0.0.1:1/db?connect_timeout=%s", "postgres://127.0.0.1:1/db?target_session_attrs=%s",
			"postgres://127.0.0.1:1/db?default_query_exec_mode=%s", "postgres://127.0.0.1:1/db?service=%s", "postgres://cs:%s@db.example.com/db",
			"postgres://localhost:%s/db", "postgres://localhost:%s", "postgres://db.example.com:%s/db", "postgres:cs:%s@127.0.0.1/db",
			"postgres:/cs:%s@127.0.0.1/db", "postgress://cs:%s@127.0.0.1/db", "mysql://cs:%s@127.0.0.1/db", "cs:%s@127.0.0.1/db",
			"user=cs password=%s host=127.0.0.1", "sqlite://cs:%s@127.0.0.1/db\x00",
		} {
			if strings.Contains(between, "@") && !strings.Contains(shape, "@") && strings.Contains(shape, ":%s") {
				continue // 4711@Qx9zw where the host belongs is a password and a host
			}
			urls = append(urls, fmt.Sprintf(shape, password))
		}
	}
	return urls
}

func TestNoPartOfAPasswordIsPrintedWhateverIsWrongWithTheURL(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, url := range misspelledURLs() {
		c, err := settings{DatabaseURL: url, LogLevel: "debug"}.parse()
		if err != nil {
			refused++
			wantNoPassword(t, url, err.Error())
			continue
		}
		var log bytes.Buffer
		a := &app{ctx: t.Context(), config: c, logger: utclog.New(&log, slog.LevelDebug, false)}
		if store, err := a.connect(); err == nil {
			_ = store.Close()
			t.Errorf("%s was opened", url)
		} else {
			wantNoPassword(t, url, explain(err)+c.database()+log.String())
		}
	}
	if refused < 100 {
		t.Errorf("only %d were refused by their form", refused)
	}
}

// Whatever way a URL is given, and be it the wrong one, and whatever command is
// told.
func TestNoCommandPrintsAPasswordOfTheDatabase(t *testing.T) {
	t.Parallel()
	dir, program := t.TempDir(), processtest.Binary(t)
	file := filepath.Join(dir, "url")
	for n, url := range []string{
		"postgres://cs:4711/Qx9zw@127.0.0.1:1/db", "postgres://cs:4711Qx9zw@127.0.0.1:1/db", "postgres://cs:4711 Qx9zw@127.0.0.1:1/db",
		"postgress://cs:4711Qx9zw@127.0.0.1:1/db", "postgres://cs:4711Qx9zw@db.example.com/db",
		"postgres://cs:4711Qx9zw@127.0.0.1:1/db?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
	} {
		if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for i, given := range []struct {
			env  string
			args []string
		}{
			{"COUNTERSIGN_DATABASE_URL=" + url, nil},
			{"COUNTERSIGN_DATABASE_URL_FILE=" + file, nil},
			{"", []string{"--database-url", url}},
			{"COUNTERSIGN_DATABASE_URL_FILE=" + url, nil},
			{"COUNTERSIGN_KEYSET=" + url, nil},
			{"", []string{"--log-level=" + url}},
			{"COUNTERSIGN_MAX_CLOCK_GAP=" + url, nil},
			{"COUNTERSIGN_ADDR=" + url, nil},
			{"COUNTERSIGN_ISSUER=" + url, nil},
			{"COUNTERSIGN_TRUSTED_PROXIES=" + url, nil},
			{"COUNTERSIGN_BOOTSTRAP_TENANT=" + url, nil},
			{"COUNTERSIGN_BOOTSTRAP_API_KEY_FILE=" + url, nil},
			{"COUNTERSIGN_DATABSE_URL=" + url, nil},
			{"", []string{"--databse-url=" + url}},
			{"", []string{"--databse-url", url}},
			{"", []string{"--addr=" + url}},
			{"", []string{url}},
		} {
			if n > 0 && i > 2 {
				break // a setting that is another's reads no URL: one will do
			}
			wantNoPassword(t, url, printed(t, program, dir, given.env, append([]string{"serve", "--log-level=debug"}, given.args...)...))
		}
		for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"tenant", "list"}, {"migrate"}, {"version"}, {"healthcheck"}, {"healthcheck", "--live"}} {
			wantNoPassword(t, url, printed(t, program, dir, "COUNTERSIGN_DATABASE_URL="+url, args...))
		}
	}
}

// printed is all that a command prints which is not to succeed in serving.
func printed(t *testing.T, program, dir, env string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.Dir, command.Env = dir, []string{
		"PATH=" + os.Getenv("PATH"), "COUNTERSIGN_KEYSET=keyset", "COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_START_TIMEOUT=0s", env,
	}
	text, _ := command.CombinedOutput() // most fail, as they should
	if ctx.Err() != nil {
		t.Errorf("%v %s went on", args, env)
	}
	return string(text)
}
