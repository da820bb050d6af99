package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service/domain"
)

// What the tests of the package see of its inside.
var (
	Bearer     = bearer
	Negotiate  = negotiate
	FactorBody = factorBody
)

// DecodeJSON reads a body as the server does.
func DecodeJSON(text []byte) (any, error) {
	if _, detail := MistakeOf(text); detail != "" {
		return nil, errors.New(detail)
	}
	value, _ := decodeJSON(text)
	return value, nil
}

// MistakeOf returns what a body is refused for, and where.
func MistakeOf(text []byte) (pointer, detail string) {
	if _, mistake := decodeJSON(text); mistake != nil {
		return mistake.pointer, mistake.detail
	}
	return "", ""
}

// Recoded returns what a cursor of a list is written as again, once read.
func Recoded(list, text string) (string, error) {
	c, err := after(list, text)
	if err != nil || text == "" {
		return "", err
	}
	return *c.text(), nil
}

// CursorOf returns the cursor after an item of a list.
func CursorOf(list, after string, names ...string) string {
	return *cursor{List: list, After: after, Names: names}.text()
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
	s.timeout, s.streams.patience = request, silence
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
