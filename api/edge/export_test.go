package edge

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service/domain"
)

// Bearer reads the credential from the Authorization header.
var Bearer = bearer

// MistakeOf returns what a body is refused for, and where.
func MistakeOf(text []byte) (pointer, detail string) {
	if _, mistake := DecodeJSON(text); mistake != nil {
		return mistake.Pointer, mistake.Detail
	}
	return "", ""
}

// Validate validates a request to a route, such as POST /v1/decisions, and returns
// what its operation gets.
func Validate(route string, r *http.Request) (operation *http.Request, err error) {
	c := echo.New().NewContext(r.WithContext(withCall(r.Context(), &call{operation: contractOperations()[route]})), httptest.NewRecorder())
	err = validator{}.validate(func(c echo.Context) error { operation = c.Request(); return nil })(c)
	return operation, err
}

// Problems returns the status of each code in the error table.
func Problems() map[domain.Code]int {
	statuses := map[domain.Code]int{}
	for code, row := range problems {
		statuses[code] = row.status
	}
	return statuses
}

// Routes returns what the router answers, HEAD and documents included.
func (s *Server) Routes() []*echo.Route { return s.echo.Routes() }

// SetTimeouts sets how long a request may take, and how long a stream may say
// nothing.
func (s *Server) SetTimeouts(request, silence time.Duration) {
	s.timeout, s.streams.silence = request, silence
}

// Add makes an operation that does what a test wants.
func (s *Server) Add(path string, do func(echo.Context) error) { s.echo.GET(path, do) }

// AddOperation makes one that is limited as those of its name are.
func (s *Server) AddOperation(id, path string, do func(echo.Context) error) {
	s.operations[http.MethodGet+" "+path] = &operation{id: id, route: path}
	s.Add(path, do)
}

// Contract returns the path as openapi.yaml writes it, by method and route.
func (s *Server) Contract() map[string]string {
	paths := map[string]string{}
	for route, o := range s.operations {
		paths[route] = o.route
	}
	return paths
}

// ReadBrokenOff is the error of a read of a stream that fails while its operation
// ends, and the server does not.
func ReadBrokenOff(body io.Reader) error {
	wanted, through := context.WithCancel(context.Background())
	defer through()
	s := &stream{
		ReadCloser: io.NopCloser(io.MultiReader(body, readerFunc(func([]byte) (int, error) { through(); return 0, os.ErrDeadlineExceeded }))),
		wanted:     wanted, ending: context.Background(), unhook: func() bool { return true },
		conn: http.NewResponseController(httptest.NewRecorder()),
	}
	_, err := io.ReadAll(s)
	return err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Polls is how many calls wait for something to happen.
func (s *Server) Polls() int {
	running, _ := s.concurrency.polls.Load()
	return running
}
