package deploy_test

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/internal/processtest"
)

// walk is one proxy, from the outside, beside a replica as it answers by itself.
type walk struct {
	*installation
	outside, direct client
	user            string // with a slash, which a proxy must not decode
}

func (i *installation) walk(p proxy, path, user string) walk {
	return walk{
		installation: i, outside: throughProxy(p.address, p.roots, path, i.key), user: user,
		direct: client{base: "http://" + i.addresses[0], credential: i.key, http: &http.Client{Timeout: time.Minute}},
	}
}

func (w walk) path(rest string) string { return "/v1/users/" + url.PathEscape(w.user) + rest }

const ana = `{"username":"ana","auth_source":"local","role":"admin","active":true}`

// login is the whole way of a user, from the host's backend and from the browser.
func (w walk) login(t *testing.T) {
	c := w.outside
	c.call(t, http.MethodPut, w.path(""), ana).must(t, 201)
	factor := text(t, c.call(t, http.MethodPost, w.path("/factors"), `{"type":"totp"}`).must(t, 201).body, "factor_id")
	shown := c.call(t, http.MethodGet, "/v1/sandbox/users/"+url.PathEscape(w.user)+"/code", "").must(t, 200).body
	codes := fmt.Sprintf(`{"codes":[%q,%q]}`, text(t, shown, "previous"), text(t, shown, "code"))
	c.call(t, http.MethodPost, w.path("/factors/"+factor+"/confirm"), codes).must(t, 200)
	asked := c.call(t, http.MethodPost, "/v1/decisions", fmt.Sprintf(`{"user_id":%q,"session_id":"s","first_factor":["pwd"]}`, w.user)).must(t, 200)
	browser := c
	browser.credential = text(t, asked.body, "ticket")
	proof := browser.call(t, http.MethodPost, w.path("/verify"), fmt.Sprintf(`{"code":%q}`, text(t, shown, "next"))).must(t, 200)
	token := fmt.Sprintf(`{"token":%q}`, text(t, proof.body, "step_up_token"))
	claims := c.call(t, http.MethodPost, "/v1/tokens/consume", token).must(t, 200).body
	if text(t, claims, "iss") != "https://"+site+"/acme" || text(t, claims, "sub") != w.user {
		t.Errorf("the token says %s", claims)
	}
	c.call(t, http.MethodGet, "/.well-known/jwks-sandbox.json", "").must(t, 200)
}

// addressIsTheClients: the one that a client names itself is not believed.
func (w walk) addressIsTheClients(t *testing.T) {
	put := w.outside.call(t, http.MethodPut, "/v1/users/u-0", strings.Replace(ana, "admin", "member", 1), "X-Forwarded-For", "203.0.113.7", "X-Forwarded-Proto", "http")
	if put.header.Get("Strict-Transport-Security") == "" {
		t.Error("Countersign does not know that https was asked")
	}
	var trail struct {
		Events []struct{ Action, Address string }
	}
	listed := w.outside.call(t, http.MethodGet, "/v1/audit-events?limit=20", "").must(t, 200)
	if err := json.Unmarshal([]byte(listed.body), &trail); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, event := range trail.Events {
		if event.Address != clientAddress && event.Address != "" { // the operator's have none
			t.Errorf("%s came from %s, by the trail", event.Action, event.Address)
		}
		if event.Address == clientAddress {
			seen++
		}
	}
	if seen < 3 {
		t.Errorf("only %d events came through the proxy: %s", seen, listed.body)
	}
}

// goesOn waits for four answers in a row: as many as the replicas would take turns in twice.
func (p proxy) goesOn(t *testing.T, key string) {
	t.Helper()
	outside, ctx, good := throughProxy(p.address, p.roots, "", key), processtest.Within(t), 0
	var got answer
	err := p.process.Await(ctx, "go on", func() (does bool) {
		var err error
		got, err = outside.try(ctx, http.MethodPost, "/v1/decisions", strings.NewReader(`{"user_id":"u-0","first_factor":["pwd"]}`))
		if good++; err != nil || got.status != 200 {
			good = 0
		}
		return good == 4
	})
	if err != nil {
		t.Fatalf("the last answer is %d %s: %v", got.status, got.body, err)
	}
}

// hop are headers of one connection or one answer, and what https adds.
var hop = []string{"Alt-Svc", "Connection", "Content-Length", "Date", "Server", "Strict-Transport-Security", "X-Request-Id"}

// screens: pages of another origin load the modules by their hashes.
func (w walk) screens(t *testing.T) {
	var modules map[string]any
	listed := w.outside.call(t, http.MethodGet, "/ui/integrity.json", "").must(t, 200)
	if err := json.Unmarshal([]byte(listed.body), &modules); err != nil || len(modules) < 5 {
		t.Fatalf("%v: %s", err, listed.body)
	}
	for name, hash := range modules {
		got, want := w.same(t, "/ui/"+name)
		sum := sha512.Sum384([]byte(got.body))
		if hash != "sha384-"+base64.StdEncoding.EncodeToString(sum[:]) || got.body != want.body {
			t.Errorf("%s is not what integrity.json says", name)
		}
	}
	for _, path := range []string{"/docs", "/openapi.yaml", "/.well-known/jwks.json"} {
		w.same(t, path)
	}
}

// same asks both, and holds the headers of one to those of the other.
func (w walk) same(t *testing.T, path string) (got, want answer) {
	t.Helper()
	got, want = w.outside.call(t, http.MethodGet, path, "").must(t, 200), w.direct.call(t, http.MethodGet, path, "").must(t, 200)
	for _, name := range hop {
		got.header.Del(name)
		want.header.Del(name)
	}
	if diff := cmp.Diff(want.header, got.header); diff != "" {
		t.Errorf("%s has other headers (-without +with the proxy):\n%s", path, diff)
	}
	return got, want
}

// sizes: what is too large is said by Countersign, and what is not passes.
func (w walk) sizes(t *testing.T) {
	long := strings.Repeat("x", 20<<10)
	refused := w.outside.call(t, http.MethodPost, "/v1/decisions", `{"user_id":"`+long+`"}`).must(t, 413)
	if got := refused.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("what is too large is answered by %s: %s", got, refused.body)
	}
	ids := strings.Repeat(`"`+strings.Repeat("u", 120)+`",`, 999) + `"u-0"`
	w.outside.call(t, http.MethodPost, "/v1/users/status", `{"user_ids":[`+ids+`]}`).must(t, 200)
}

// errKeptBack ends a stream of which the service has seen nothing.
var errKeptBack = errors.New("the proxy keeps the stream back: its first users are not there while it goes on")

// imports: users of a stream are there while the rest of it is still to come.
func (w walk) imports(t *testing.T) {
	name := strings.ReplaceAll(w.user, "/", "-")
	ctx := processtest.Within(t)
	body, stream := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer close(written)
		padding := strings.Repeat("n", 200)
		for n := range 6000 {
			if n == 5000 && !w.appears(ctx, name+"-0") {
				_ = stream.CloseWithError(errKeptBack)
				return
			}
			_, _ = fmt.Fprintf(stream, `{"user_id":"%s-%d","username":"%s","auth_source":"local","role":"member","active":true}`+"\n", name, n, padding)
		}
		_ = stream.Close()
	}()
	got, err := w.outside.try(ctx, http.MethodPost, "/v1/users/import", body, "Content-Type", "application/x-ndjson")
	_ = body.Close() // a proxy may have answered before the end
	<-written
	if err != nil || got.status != 200 || !strings.Contains(got.body, `"created":6000`) {
		t.Errorf("the import: %v, %d %s", err, got.status, got.body)
	}
}

func (w walk) appears(ctx context.Context, user string) bool {
	return w.replicas[0].Await(ctx, "show "+user, func() bool {
		got, err := w.direct.try(ctx, http.MethodGet, "/v1/users/"+user, http.NoBody)
		return err == nil && got.status == 200
	}) == nil
}
