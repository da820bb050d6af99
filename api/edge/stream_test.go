package edge_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/api/edge"
	"github.com/countersign/countersign/internal/apptest"
	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

// site is a server of its own for streams, on the database of a tenant.
type site struct {
	*apptest.Tenant
	server *edge.Server
	http   *httptest.Server
}

func newSite(t *testing.T, tenant *apptest.Tenant, store batch.Inner, request, silence time.Duration) *site {
	t.Helper()
	svc, err := service.New(t.Context(), service.Config{Store: batch.New(store, nil), OperatorKeys: tenant.Store, Sealer: tenant.Sealer, Clock: tenant.Clock})
	tenant.OK(err)
	s := &site{Tenant: tenant, server: api.New(api.Config{Service: svc, Logger: tenant.Logger()})}
	s.server.SetTimeouts(request, silence)
	s.http = httptest.NewUnstartedServer(s.server.Handler())
	s.http.Config.ReadTimeout, s.http.Config.WriteTimeout = request, request
	s.http.Start()
	t.Cleanup(s.http.Close)
	return s
}

// upload is an import that is on its way.
type upload struct {
	t *testing.T
	io.WriteCloser
	answer chan *http.Response
}

func (s *site) upload(t *testing.T, key string) *upload {
	t.Helper()
	body, pipe := io.Pipe()
	request := s.Client(key).Request(http.MethodPost, "/v1/users/import", nil, ndjson)
	request.URL.Host = s.http.Listener.Addr().String()
	request.Body, request.ContentLength = body, -1
	u := &upload{t, pipe, make(chan *http.Response, 1)}
	go func() {
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Error(err)
		}
		_ = body.CloseWithError(errors.New("answered"))
		u.answer <- answer
	}()
	return u
}

func (u *upload) send(lines ...string) error {
	_, err := io.WriteString(u, strings.Join(lines, "\n")+"\n")
	return err
}

// end waits for the answer, and wants it to say something.
func (u *upload) end(status int, want string) {
	u.t.Helper()
	_ = u.Close()
	answer := <-u.answer
	if answer == nil {
		u.t.Fatal("no answer")
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status || !strings.Contains(string(text), want) {
		u.t.Errorf("answered %d %s %v, want %d with %s", answer.StatusCode, text, err, status, want)
	}
}

func (s *site) users() int {
	s.Helper()
	users, err := s.Store.Users(s.Context(), s.ID, domain.UserFilter{Prefix: "u"})
	s.OK(err)
	return len(users)
}

func TestAnImportMayTakeLongerThanARequest(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	s := newSite(t, tenant, tenant.Store, 100*time.Millisecond, time.Minute)
	u := s.upload(t, tenant.Key)
	for began := time.Now(); time.Since(began) < 400*time.Millisecond; {
		if err := u.send("", ""); err != nil {
			t.Fatal(err)
		}
	}
	tenant.OK(u.send(someLines(0, 300)...))
	u.end(200, `"created":300`)
}

func TestAStreamThatSaysNothingEnds(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	s := newSite(t, tenant, tenant.Store, time.Minute, 50*time.Millisecond)
	u := s.upload(t, tenant.Key)
	tenant.OK(u.send(someLines(0, 10)...))
	answer := <-u.answer
	u.answer <- answer
	u.end(400, `"lines_done":0`)
	if n := s.users(); n != 0 {
		t.Errorf("%d users of a batch that never was", n)
	}
}

// The server ends a connection's context, and with it the operation, before it
// returns the error of a read.
func TestAStreamThatBreaksOffIsNotToldOfAShutdown(t *testing.T) {
	t.Parallel()
	var refusal *domain.Error
	if err := edge.ReadBrokenOff(strings.NewReader("{}\n")); !errors.As(err, &refusal) || refusal.Code != domain.CodeInvalidRequest {
		t.Errorf("got %v", err)
	}
}

func TestAShutdownEndsImportsAndSaysHowFarTheyCame(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	s := newSite(t, tenant, tenant.Store, time.Minute, time.Minute)
	u := s.upload(t, tenant.Key)
	tenant.OK(u.send(someLines(0, 550)...))
	eventually(t, "two batches are carried out", func() bool { return s.users() == 500 })
	s.server.EndStreams()
	answer := <-u.answer
	u.answer <- answer
	u.end(503, `"detail":"This server is shutting down. Every line up to 500 is done.`)
	late := s.upload(t, tenant.Key)
	late.end(503, `"lines_done":0`)
}

func TestImportsThatRunAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	other := tenant.App.Tenant(operator.TenantInput{ID: "other"})
	s := newSite(t, tenant, tenant.Store, time.Minute, time.Minute)
	running := []*upload{s.upload(t, tenant.Key), s.upload(t, tenant.Key)}
	for n, u := range running {
		tenant.OK(u.send(someLines(250*n, 250*n+250)...))
	}
	eventually(t, "both are being read", func() bool { return s.users() == 500 })
	s.upload(t, tenant.Key).end(503, "As many imports are running as may run at once.")
	s.upload(t, other.Key).end(200, `"created":0`)
	running[0].end(200, `"created":250`)
	s.upload(t, tenant.Key).end(200, `"created":0`)
	running[1].end(200, `"created":250`)
}

func TestAKeyThatIsRevokedEndsItsImport(t *testing.T) {
	t.Parallel()
	tenant := acme(t, apptest.Options{})
	s := newSite(t, tenant, tenant.Store, time.Minute, time.Minute)
	key, text, err := tenant.Service.CreateServiceKey(t.Context(), domain.Operator{}, "acme", domain.ServiceKeyInput{})
	tenant.OK(err)
	u := s.upload(t, text)
	tenant.OK(u.send(someLines(0, 250)...))
	eventually(t, "a batch is carried out", func() bool { return s.users() == 250 })
	tenant.OK(tenant.Service.RevokeServiceKey(t.Context(), domain.Operator{}, "acme", key.ID))
	for began, n := time.Now(), 250; time.Since(began) < 10*time.Second && len(u.answer) == 0; n += 250 {
		if u.send(someLines(n, n+250)...) != nil {
			break
		}
		eventually(t, "the batch is carried out, or it was heard, after a second", func() bool {
			return s.users() == n+250 || len(u.answer) > 0
		})
	}
	u.end(401, `"code":"credential_invalid"`)
}

// failingMidway is a store that carries out half of a commit about users from
// some id on.
type failingMidway struct {
	batch.Inner
	from string
	err  error
}

func (f failingMidway) Commit(ctx context.Context, changes []domain.Change) []error {
	if !slices.ContainsFunc(changes, func(c domain.Change) bool { return c.User != nil && c.User.ID >= f.from }) {
		return f.Inner.Commit(ctx, changes)
	}
	errs := make([]error, len(changes))
	half := len(changes) / 2
	copy(errs, f.Inner.Commit(ctx, changes[:half]))
	for n := half; n < len(changes); n++ {
		errs[n] = f.err
	}
	return errs
}

func TestADatabaseThatFailsMidwaySaysWhereToGoOn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"gone":            {net.ErrClosed, 503, `"code":"unavailable","detail":"The service cannot decide now. Every line up to 500 is done.`},
		"outcome unknown": {domain.ErrOutcomeUnknown, 503, `"code":"outcome_unknown","detail":"The service cannot decide now. Every line up to 500 is done.`},
		"broken":          {errors.New("secret cause"), 500, `"code":"internal"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acme(t, apptest.Options{})
			s := newSite(t, tenant, failingMidway{tenant.Store, "u00500", test.err}, time.Minute, time.Minute)
			u := s.upload(t, tenant.Key)
			_ = u.send(someLines(0, 1000)...)
			answer := <-u.answer
			u.answer <- answer
			if answer.StatusCode == 503 && answer.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			u.end(test.status, test.want)
			n := s.users()
			if n != 625 && n != 750 { // the last batch may have begun by then, and fails too
				t.Errorf("%d users, want those whose commits held", n)
			}
			rest := someLines(0, 1000)[500:] // as lines_done says
			var again struct{ Created, Unchanged int }
			tenant.Backend().Post("/v1/users/import", strings.Join(rest, "\n"), ndjson).Want(200).Decode(&again)
			if again.Created != 1000-n || again.Unchanged != n-500 {
				t.Errorf("%d users, and then imported %+v", n, again)
			}
		})
	}
}
