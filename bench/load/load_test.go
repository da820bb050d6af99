package load_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/bench/load"
)

func TestAPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, test := range []struct {
		sorted []time.Duration
		p      float64
		want   time.Duration
	}{
		{nil, 99, 0},
		{[]time.Duration{7}, 50, 7},
		{[]time.Duration{7}, 99, 7},
		{[]time.Duration{1, 2, 3, 4}, 50, 2},
		{[]time.Duration{1, 2, 3, 4, 5}, 50, 3},
		{[]time.Duration{1, 2, 3, 4}, 100, 4},
		{hundred, 50, 50},
		{hundred, 95, 95},
		{hundred, 99, 99},
		{hundred, 99.5, 100},
	} {
		if got := load.Percentile(test.sorted, test.p); got != test.want {
			t.Errorf("percentile %v of %d latencies is %d, want %d", test.p, len(test.sorted), got, test.want)
		}
	}
}

// Of what is not answered 200, every answer is told and none is counted.
func TestOnlyWhatWasAnswered200Counts(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		statuses := []int{http.StatusOK, http.StatusUnprocessableEntity, http.StatusServiceUnavailable, http.StatusCreated}
		w.WriteHeader(statuses[asked.Add(1)%4])
	}))
	defer server.Close()
	outcome := run(t, load.Cell{
		Addresses: []string{server.Listener.Addr().String()}, Workers: 4, For: time.Minute, Most: 40, Work: get,
	})
	if diff := cmp.Diff(map[int]int{200: 10, 422: 10, 503: 10, 201: 10}, outcome.Answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if outcome.Good != 10 || len(outcome.Latencies) != 10 {
		t.Errorf("%d units and %d latencies count, want 10", outcome.Good, len(outcome.Latencies))
	}
}

func TestACellEndsWhenNothingIsLeftToDo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	var left atomic.Int64
	left.Store(25)
	outcome := run(t, load.Cell{
		Addresses: []string{server.Listener.Addr().String()}, Workers: 3, For: time.Hour,
		Work: func(c *load.Conn) (int, error) {
			if left.Add(-1) < 0 {
				return 0, load.ErrEnd
			}
			return get(c)
		},
	})
	if outcome.Good != 25 || outcome.Elapsed >= time.Hour {
		t.Errorf("%d units in %v, want 25 at once", outcome.Good, outcome.Elapsed)
	}
}

// What runs beside other load counts once that is there.
func TestWhatBeginsInTheLeadDoesNotCount(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	outcome := run(t, load.Cell{
		Addresses: []string{server.Listener.Addr().String()}, Workers: 2, Lead: 50 * time.Millisecond, For: 50 * time.Millisecond, Work: get,
	})
	if all := int(asked.Load()); outcome.Good == 0 || outcome.Good >= all || outcome.Answers[http.StatusOK] != outcome.Good {
		t.Errorf("of %d units %d count, and the answers are %v", all, outcome.Good, outcome.Answers)
	}
	if outcome.Elapsed >= 100*time.Millisecond+time.Second {
		t.Errorf("the lead counts as time: %v", outcome.Elapsed)
	}
	only := run(t, load.Cell{
		Addresses: []string{server.Listener.Addr().String()}, Workers: 1, Lead: time.Minute, For: time.Minute, Most: 5, Work: get,
	})
	if only.Good != 0 || len(only.Answers) != 0 || only.Elapsed != 0 {
		t.Errorf("of a cell that ended in its lead %+v counts", only)
	}
}

func TestWhoHonorsRetryAfterWaitsAsLongAsItSays(t *testing.T) {
	t.Parallel()
	for honor, most := range map[bool]int{true: 3, false: 100} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		defer server.Close()
		outcome := run(t, load.Cell{
			Addresses: []string{server.Listener.Addr().String()}, Workers: 3, For: 500 * time.Millisecond, Most: 100, HonorRetryAfter: honor, Work: get,
		})
		if refused := outcome.Answers[http.StatusServiceUnavailable]; refused != most {
			t.Errorf("honor %v: asked %d times, want %d", honor, refused, most)
		}
	}
}

func TestWorkersAreDealtOutAmongTheServers(t *testing.T) {
	t.Parallel()
	var asked [2]atomic.Int64
	var addresses []string
	for n := range asked {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked[n].Add(1) }))
		defer server.Close()
		addresses = append(addresses, server.Listener.Addr().String())
	}
	run(t, load.Cell{Addresses: addresses, Workers: 4, For: time.Minute, Most: 200, Work: get})
	if asked[0].Load() == 0 || asked[1].Load() == 0 || asked[0].Load()+asked[1].Load() != 200 {
		t.Errorf("the servers were asked %d and %d times", asked[0].Load(), asked[1].Load())
	}
}

func TestALostConnectionIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer server.Close()
	_, err := load.Cell{Addresses: []string{server.Listener.Addr().String()}, Workers: 1, For: time.Minute, Most: 5, Work: get}.Run(t.Context())
	if err == nil {
		t.Error("a server that hangs up was measured")
	}
}

func TestARequestArrivesAsItWasMeant(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long answer ", 10_000) // more than is sent in one piece
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got := []string{r.Method, r.URL.String(), r.Header.Get("Authorization"), r.Header.Get("Content-Type"), string(body)}
		want := []string{"POST", "/v1/users/u-1/verify?a=b", "Bearer key", "application/json", `{"code":"123456"}`}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		_, _ = io.WriteString(w, long)
	}))
	defer server.Close()
	conn, err := load.Dial(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 3 { // one connection for all
		status, body, err := conn.Do(load.Request{
			Method: "POST", Path: "/v1/users/u-1/verify?a=b", Key: "key", Body: []byte(`{"code":"123456"}`),
		})
		if err != nil || status != http.StatusOK || string(body) != long {
			t.Fatalf("answered %d with %d bytes, %v", status, len(body), err)
		}
	}
}

func get(c *load.Conn) (int, error) {
	status, _, err := c.Do(load.Request{Method: "GET", Path: "/"})
	return status, err
}

func run(t *testing.T, c load.Cell) load.Outcome {
	t.Helper()
	outcome, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}
