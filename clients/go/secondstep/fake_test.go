package secondstep_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	countersign "github.com/countersign/countersign/clients/go"
	"github.com/countersign/countersign/clients/go/secondstep"
	"github.com/countersign/countersign/clients/go/stepup"
)

// service answers as Countersign does, and signs as it does.
type service struct {
	*httptest.Server
	key *ecdsa.PrivateKey
	id  string

	mu      sync.Mutex
	answers map[string]string // by path: a body; "" is 503
	asked   []string          // paths, with bodies
}

func newService(tb testing.TB) *service {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	s := &service{key: key, answers: map[string]string{}}
	s.publish(tb)
	s.Server = httptest.NewServer(s)
	tb.Cleanup(s.Close)
	return s
}

// publish makes the key known, under its thumbprint (RFC 7638).
func (s *service) publish(tb testing.TB) {
	tb.Helper()
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	x, y := encode(point[1:33]), encode(point[33:])
	thumb := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, x, y))
	s.id = encode(thumb[:])
	s.answers["/.well-known/jwks.json"] = fmt.Sprintf(`{"keys":[{"kty":"EC","crv":"P-256","x":%q,"y":%q,"kid":%q,"use":"sig","alg":"ES256"}]}`, x, y, s.id)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// says has a path answered so; without a body it is 503.
func (s *service) says(path, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = body
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	answer := s.answers[r.URL.Path]
	s.asked = append(s.asked, r.URL.Path+" "+string(body))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if code, isProblem := strings.CutPrefix(answer, "problem "); isProblem {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		answer = fmt.Sprintf(`{"code":%q}`, code)
	} else if answer == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = io.WriteString(w, answer)
}

// heard returns what was asked of a path.
func (s *service) heard(path string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.asked), func(one string) bool { return !strings.HasPrefix(one, path+" ") })
}

// token is a good one, but for the changes.
func (s *service) token(tb testing.TB, changes jwt.MapClaims) string {
	tb.Helper()
	now := time.Now().Unix()
	claims := jwt.MapClaims{
		"iss": s.URL + "/acme", "aud": "acme", "sub": "u1", "tid": "acme", "client_id": "key_1", "iat": now, "nbf": now, "exp": now + 300,
		"auth_time": now, "acr": stepup.ACRTwoFactors, "amr": []string{"pwd", "otp", "mfa"}, "jti": "sut_1", "method": "totp", "session_id": "s1",
	}
	maps.Copy(claims, changes)
	signed := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	signed.Header = map[string]any{"alg": "ES256", "kid": s.id, "typ": "step-up+jwt"}
	text, err := signed.SignedString(s.key)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func (s *service) client(tb testing.TB) *countersign.Client {
	tb.Helper()
	client, err := countersign.New(s.URL, "csk_acme_x", countersign.WithTimeout(5*time.Second))
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// host is a host with one pending login, and what it opened.
type host struct {
	secondstep.Handler
	pending bool
	login   secondstep.Login
	opened  []secondstep.Passed
	fails   error
}

func hostOf(tb testing.TB, s *service) *host {
	tb.Helper()
	verifier, err := stepup.New(stepup.Config{Issuer: s.URL, Tenant: "acme"})
	if err != nil {
		tb.Fatal(err)
	}
	h := &host{pending: true, login: secondstep.Login{UserID: "u1", SessionID: "s1"}}
	h.Handler = secondstep.Handler{
		Client: s.client(tb), Verifier: verifier, Log: slog.New(slog.DiscardHandler), Browser: &countersign.BrowserCookie{},
		Pending: func(*http.Request) (secondstep.Login, bool) { return h.login, h.pending },
		Open: func(w http.ResponseWriter, _ *http.Request, passed secondstep.Passed) error {
			if h.fails == nil {
				h.opened = append(h.opened, passed)
				w.Header().Set("Session", "new")
			}
			return h.fails
		},
	}
	return h
}

// post sends what a page of the host's own posts, but for the changes; headers are
// given as name and value in turn, and an empty value takes one away.
func post(handler http.Handler, path, body string, headers ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "https://app.example.com"+path, strings.NewReader(body))
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			request.Header.Del(headers[i])
		}
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// read is the body of an answer.
func read(tb testing.TB, answer *httptest.ResponseRecorder) map[string]any {
	tb.Helper()
	var body map[string]any
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		tb.Fatalf("%d: %v", answer.Code, err)
	}
	return body
}
