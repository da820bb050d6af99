package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// slowReader is a client that does not read its answer until it is told to.
type slowReader struct {
	*httptest.ResponseRecorder
	written chan<- struct{}
	read    <-chan struct{}
}

func (w slowReader) Write(p []byte) (int, error) {
	w.written <- struct{}{}
	<-w.read
	return w.ResponseRecorder.Write(p)
}

func TestWhoDoesNotReadTheAnswerHoldsNoPlaceAmongLists(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.server.AddOperation("listAuditEvents", "/v1/long", func(r echo.Context) error { return r.String(http.StatusOK, "all") })
	const slow = 10
	written := make(chan struct{}, slow)
	for range slow {
		c.served.Go(func() {
			r := httptest.NewRequestWithContext(c.Context(), http.MethodGet, "/v1/long", nil)
			r.Header.Set("Authorization", "Bearer "+c.Key)
			w := slowReader{httptest.NewRecorder(), written, c.answer}
			c.server.Handler().ServeHTTP(w, r)
			if got := fmt.Sprint(w.Code, w.Body, w.Header().Get("Content-Type")); got != "200 all"+echo.MIMETextPlainCharsetUTF8 {
				t.Errorf("answered %s", got)
			}
		})
	}
	for range slow {
		<-written
	}
	c.load(0, 0, 0)
	c.release()
}

// However many of them do not read: their tenant's lists wait, and no one else's.
func TestAnswersThatAreNotReadAreBoundedByTenant(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.server.FewAnswers()
	c.send(1, list, c.Key, 200)
	c.load(0, 1, 0)
	second := make(chan int, 1)
	c.served.Go(func() { second <- c.get(list, c.Key, "192.0.2.1").Code })
	eventually(t, "the second list is answered", func() bool { return len(second) == 1 })
	if got := <-second; got != 503 {
		t.Errorf("the second list is answered %d", got)
	}
	c.want(200, list, c.quiet.Key)
	c.release()
}

// A login asks with its ticket for its own user alone; an administrator may ask for many.
func TestALoginThatAsksForItsOwnStatusDoesNotWaitForLists(t *testing.T) {
	t.Parallel()
	c := newBusyServer(t)
	c.Put("ada", "owner")
	c.send(2, list, c.Key, 200)
	c.load(0, 2, 0)
	status := func(purpose string) int {
		r := httptest.NewRequestWithContext(c.Context(), http.MethodPost, "/v1/users/status", strings.NewReader(`{"user_ids":["ada"]}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+c.Ticket("ada", purpose))
		w := httptest.NewRecorder()
		c.server.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for _, purpose := range []string{"login", "account"} {
		if got := status(purpose); got != 200 {
			t.Errorf("a ticket of the purpose %s is answered %d", purpose, got)
		}
	}
	c.served.Go(func() {
		if got := status("admin"); got != 200 {
			t.Errorf("an administrator is answered %d in the end", got)
		}
	})
	c.load(0, 2, 1)
	c.release()
}
