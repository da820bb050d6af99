package edge

import (
	"bytes"
	"cmp"
	"net/http"

	"github.com/labstack/echo/v4"
)

// bufferedAnswer is an answer that is written into memory, and sent later. Its header
// is the one of the response.
type bufferedAnswer struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

// record lets the operation write the answer.
func (a *bufferedAnswer) record(c echo.Context, operation echo.HandlerFunc) error {
	response := c.Response()
	a.ResponseWriter = response.Writer
	response.Writer = a
	defer func() { response.Writer = a.ResponseWriter }()
	return operation(c)
}

func (a *bufferedAnswer) WriteHeader(status int) { a.status = cmp.Or(a.status, status) }

func (a *bufferedAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }

// send sends it.
func (a *bufferedAnswer) send(w http.ResponseWriter) error {
	if a.status == 0 && a.body.Len() == 0 {
		return nil
	}
	w.WriteHeader(cmp.Or(a.status, http.StatusOK))
	_, err := w.Write(a.body.Bytes())
	return err
}
