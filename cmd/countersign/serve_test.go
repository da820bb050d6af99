package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The scripts run the program as it is shipped, which the race detector does not watch. This
// serves within the test, from the first start to the end, with all that goes on in the background.
func TestServeAnswersManyAtOnceAndEndsWell(t *testing.T) {
	for name, value := range map[string]string{
		"COUNTERSIGN_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), "COUNTERSIGN_SHUTDOWN_DELAY": "0s",
		"COUNTERSIGN_ADDR": "127.0.0.1:0", "COUNTERSIGN_METRICS_ADDR": "127.0.0.1:0", "COUNTERSIGN_AUDIT_LOG": filepath.Join(t.TempDir(), "audit.log"),
		"COUNTERSIGN_AUDIT_RETENTION": "400d", "COUNTERSIGN_BOOTSTRAP_TENANT": "acme", "COUNTERSIGN_BOOTSTRAP_API_KEY": bootstrapKey,
	} {
		t.Setenv(name, value)
	}
	if code := run(t.Context(), []string{"keys", "init"}); code != exitOK {
		t.Fatalf("keys init ends with %d", code)
	}
	log, said := stderrOf(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	ended := make(chan int, 1)
	go func() {
		defer said.Close() // else one that does not serve would be waited for
		ended <- run(ctx, []string{"serve"})
	}()
	var api, inside string
	for ready := false; !ready; {
		var line struct {
			Message string `json:"msg"`
			Addr    string `json:"addr"`
			Inside  string `json:"metrics_addr"`
		}
		if !log.Scan() {
			t.Fatalf("it does not serve, and ends with %d", <-ended)
		}
		t.Log(log.Text())
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		switch line.Message {
		case "serving":
			api, inside = line.Addr, line.Inside
		case "ready":
			ready = true
		}
	}
	go func() { // it goes on logging
		for log.Scan() {
			continue
		}
	}()
	var clients sync.WaitGroup
	for n := range 8 {
		clients.Go(func() { useServer(t, api, inside, n) })
	}
	clients.Wait()
	end()
	if code := <-ended; code != exitOK {
		t.Errorf("serve ends with %d", code)
	}
}

const bootstrapKey = "3f0c9a5d7e1b482690cdafe3145b7286d0e9f1a3c5b78246ac1e0d9f8b7a6c52"

// stderrOf takes what this process says from now on.
func stderrOf(t *testing.T) (*bufio.Scanner, *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	whole, logger := os.Stderr, slog.Default()
	os.Stderr = w
	t.Cleanup(func() {
		os.Stderr = whole
		slog.SetDefault(logger)
		_ = r.Close()
	})
	return bufio.NewScanner(r), w
}

// useServer is a host with a user of its own, and a probe.
func useServer(t *testing.T, api, inside string, n int) {
	user := fmt.Sprintf("/v1/users/u-%d", n)
	for _, c := range []struct {
		method, url, body string
		want              int
	}{
		{http.MethodPut, api + user, `{"username":"ada","auth_source":"local","role":"member","active":true}`, http.StatusCreated},
		{http.MethodPost, api + user + "/factors", `{"type":"totp"}`, http.StatusCreated},
		{http.MethodPost, api + user + "/verify", `{"code":"000000"}`, http.StatusConflict},
		{http.MethodGet, api + "/v1/audit-events", "", http.StatusOK},
		{http.MethodDelete, api + user, "", http.StatusNoContent},
		{http.MethodDelete, api + user + "?erase=true", "", http.StatusNoContent},
		{http.MethodGet, inside + "/readyz", "", http.StatusOK},
		{http.MethodGet, inside + "/metrics", "", http.StatusOK},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, "http://"+c.url, strings.NewReader(c.body))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+bootstrapKey)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Error(err)
			return
		}
		answer, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != c.want {
			t.Errorf("%s %s: %d %s, %v, want %d", c.method, c.url, response.StatusCode, answer, err, c.want)
		}
	}
}
