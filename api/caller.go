package api

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service"
)

// maxBearer bounds the credential before anything is computed from it.
const maxBearer = 8 << 10

// authenticate turns the credential into a caller, and asks nothing of what
// needs none: probes, keys, documents, and paths that do not exist.
func (s *Server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		known.operation = s.operations[c.Request().Method+" "+c.Path()]
		if known.operation == nil || known.operation.public {
			s.letKnownOriginRead(c)
			return next(c)
		}
		var caller service.Caller
		err := s.admission.admit(func() (err error) {
			caller, err = s.callerFrom(c)
			return err
		})
		if err != nil {
			return s.unauthenticated(c, err)
		}
		known.caller = caller
		if err := s.admitOrigin(c, caller.TenantID); err != nil {
			return err
		}
		return next(c)
	}
}

func (s *Server) callerFrom(c echo.Context) (service.Caller, error) {
	token, err := bearer(c.Request().Header.Values("Authorization"))
	if err != nil {
		return service.Caller{}, err
	}
	ctx := c.Request().Context()
	caller, err := s.service.Authenticate(ctx, token)
	if err != nil {
		return service.Caller{}, err
	}
	caller.Address, caller.RequestID = callOf(ctx).address, callOf(ctx).requestID
	return caller, nil
}

// bearer reads the credential from the Authorization header (RFC 6750, section
// 2.1). No other place is looked at: a query string ends up in logs.
func bearer(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", errCredentialRequired
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errCredentialRequired
	}
	token = strings.Trim(token, " ")
	if len(headers) > 1 || token == "" || len(token) > maxBearer || strings.ContainsFunc(token, notVisible) {
		return "", service.ErrCredentialInvalid
	}
	return token, nil
}

// notVisible reports what no credential holds: a bootstrap key may be any text,
// but one that fits into a header.
func notVisible(r rune) bool { return r < '!' || r > '~' }

// unauthenticated refuses. Who fails all the time is told to slow down; who has
// a good credential is never, whatever others at the same address do.
func (s *Server) unauthenticated(c echo.Context, err error) error {
	s.letKnownOriginRead(c)
	refusal := refusalOf(err)
	denied := refusal.Code == service.CodeCredentialRequired || refusal.Code == service.CodeCredentialInvalid
	if denied && !s.flood.admits(callOf(c.Request().Context()).address) {
		return errRateLimited
	}
	return err
}
