package edge

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
)

// maxBearer bounds the credential before anything is computed from it.
const maxBearer = 8 << 10

// Credentials tells whose a credential is.
type Credentials interface {
	// Recognize looks one up in memory, and never waits. What is certainly none is
	// domain.ErrCredentialInvalid.
	Recognize(text string) (access.Credential, error)
}

// authenticator finds out who calls.
type authenticator struct {
	credentials Credentials
	operators   Operators
	operations  map[string]*operation
	origins     *originGuard
	failures    *authFailureLimiter
	concurrency *concurrencyLimit
}

// authenticate turns the credential into a caller, and asks nothing of what
// needs none: probes, keys, documents, and paths that do not exist.
func (a *authenticator) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		known := callOf(c.Request().Context())
		known.operation = a.operations[c.Request().Method+" "+c.Path()]
		if known.operation == nil || known.operation.public {
			a.origins.letKnownRead(c)
			return next(c)
		}
		if known.operation.operator != "" {
			return a.operate(c, next)
		}
		caller, err := a.callerFrom(c)
		if err != nil {
			return a.unauthenticated(c, err)
		}
		known.caller = caller
		if err := a.origins.admit(c, caller.TenantID); err != nil {
			return err
		}
		return next(c)
	}
}

// callerFrom looks the credential up in memory, and asks the store only about
// one that is known, or within what its address may try.
func (a *authenticator) callerFrom(c echo.Context) (caller domain.Caller, err error) {
	token, err := bearer(c.Request().Header.Values("Authorization"))
	if err != nil {
		return caller, err
	}
	ctx := c.Request().Context()
	known := callOf(ctx)
	if access.IsOperatorKey(token) {
		return caller, a.operatorFrom(ctx, token)
	}
	credential, err := a.credentials.Recognize(token)
	if err != nil {
		return caller, err
	}
	lookup := access.Lookup(func(read func() error) error { return a.lookUp(ctx, token, read) })
	if credential.TenantID == "" {
		permitted, again := a.failures.permits(known.address, token)
		if !permitted {
			return caller, errRateLimited
		}
		known.charged = again
	}
	queue, whose := a.concurrency.authentications, credential.TenantID
	if whose == "" { // unknown callers must not take the places of tenants
		queue, whose = a.concurrency.unknownCallers, network(known.address)
	}
	err = admit(ctx, queue, whose, func() (err error) {
		caller, err = credential.Authenticate(ctx, lookup)
		return err
	})
	caller.Address, caller.RequestID = known.address, known.requestID
	return caller, err
}

// lookUp lets the store be asked about an unknown key, if its address is within
// the limit. It is charged before, since many may come at once.
func (a *authenticator) lookUp(ctx context.Context, token string, read func() error) error {
	known := callOf(ctx)
	if !known.charged && !a.failures.charge(known.address) {
		a.failures.remember(token)
		return errRateLimited
	}
	known.charged = true
	return admit(ctx, a.concurrency.lookups, network(known.address), read)
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
		return "", domain.ErrCredentialInvalid
	}
	return token, nil
}

// notVisible reports what no credential holds: a bootstrap key may be any text,
// but one that fits into a header.
func notVisible(r rune) bool { return r < '!' || r > '~' }

// unauthenticated refuses. Who fails all the time is told to slow down; who has
// a good credential is never, whatever others at the same address do.
func (a *authenticator) unauthenticated(c echo.Context, err error) error {
	known, refusal := callOf(c.Request().Context()), refusalOf(err)
	denied := refusal.Code == domain.CodeCredentialRequired || refusal.Code == domain.CodeCredentialInvalid
	if denied && !known.charged && !a.failures.charge(known.address) {
		denied, err = false, errRateLimited
	}
	if denied {
		a.origins.letKnownRead(c)
	} else {
		a.origins.letRememberedRead(c)
	}
	return err
}
