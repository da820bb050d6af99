package edge

import (
	"cmp"
	"context"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/countersign/countersign/service/domain"
)

// Operators authenticates operator keys, and refuses the credentials of tenants.
type Operators interface {
	// OperatorsExist reports whether there is an operator key that was not revoked.
	OperatorsExist(ctx context.Context) (bool, error)
	// AuthenticateOperator returns the operator of an operator key. One that is unknown,
	// revoked or expired is domain.ErrCredentialInvalid.
	AuthenticateOperator(ctx context.Context, text string) (domain.Operator, error)
	// RefuseTenant refuses the caller of a tenant an operation that takes an operator key,
	// and leaves that in the audit trail of the tenant.
	RefuseTenant(ctx context.Context, c domain.Caller, op domain.Operation) error
}

var (
	errOperatorKey = &domain.Error{Code: domain.CodeForbidden, Detail: "An operator key opens tenants and their service keys, and no tenant's users. Send a service key or a ticket of the tenant."}
	errForeignPage = &domain.Error{Code: domain.CodeForbidden, Detail: "A page of another origin never uses an operator key. Keep the key in a backend."}
)

// operatorOperations are those of an operator key, by the names of the contract.
var operatorOperations = map[string]domain.Operation{
	"listTenants": domain.OpListTenants, "putTenant": domain.OpPutTenant,
	"createServiceKey": domain.OpCreateKey, "revokeServiceKey": domain.OpRevokeKey,
}

// operatorOperation returns the name of an operation that takes an operator key alone, and
// nothing for any other. One that is missing above takes no other credential either.
func operatorOperation(op *openapi3.Operation) domain.Operation {
	if op.Security == nil {
		return ""
	}
	for _, scheme := range *op.Security {
		if _, takes := scheme["operatorKey"]; takes {
			return cmp.Or(operatorOperations[op.OperationID], domain.Operation(op.OperationID))
		}
	}
	return ""
}

// OperatorOf returns the operator who calls an operation that takes an operator key.
func OperatorOf(ctx context.Context) domain.Operator { return callOf(ctx).operator }

// operate lets an operator key through to its operation, and nothing else. While there is
// no operator key the path does not exist, whoever asks.
func (a *authenticator) operate(c echo.Context, next echo.HandlerFunc) error {
	ctx := c.Request().Context()
	known := callOf(ctx)
	var exist bool
	err := admit(ctx, a.concurrency.unknownCallers, network(known.address), func() (err error) {
		exist, err = a.operators.OperatorsExist(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if !exist {
		return domain.ErrNotFound
	}
	caller, err := a.callerFrom(c)
	switch {
	case err == nil:
		known.caller = caller
		return a.operators.RefuseTenant(ctx, caller, known.operation.operator)
	case err != errOperatorKey: //nolint:errorlint // of callerFrom, which accepted the key
		return a.unauthenticated(c, err)
	}
	if from := origin(c.Request()); from != "" && from != ownOrigin(c) {
		return errForeignPage
	}
	return next(c)
}

// operatorFrom remembers who calls with an operator key, and returns errOperatorKey, which
// is what every operation of a tenant answers. An unknown key costs the store nothing.
func (a *authenticator) operatorFrom(ctx context.Context, token string) error {
	known := callOf(ctx)
	err := admit(ctx, a.concurrency.unknownCallers, network(known.address), func() (err error) {
		known.operator, err = a.operators.AuthenticateOperator(ctx, token)
		return err
	})
	if err != nil {
		return err
	}
	known.operator.Address, known.operator.RequestID = known.address, known.requestID
	return errOperatorKey
}
