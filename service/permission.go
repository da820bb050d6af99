package service

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/countersign/countersign/service/stepup"
)

// Operation names what a caller asks for. Every public method of [Service]
// that takes a [Caller] begins by authorizing exactly one.
type Operation string

// The operations.
const (
	OpPutUser         Operation = "put_user"
	OpDeleteUser      Operation = "delete_user"
	OpImportUsers     Operation = "import_users"
	OpListUsers       Operation = "list_users"
	OpGetUser         Operation = "get_user"
	OpIssueTicket     Operation = "issue_ticket"
	OpDecide          Operation = "decide"
	OpEnroll          Operation = "enroll"
	OpListFactors     Operation = "list_factors"
	OpRenameFactor    Operation = "rename_factor"
	OpRemoveFactor    Operation = "remove_factor"
	OpVerify          Operation = "verify"
	OpResync          Operation = "resync"
	OpDisable         Operation = "disable"
	OpCountCodes      Operation = "count_recovery_codes"
	OpRevealCodes     Operation = "reveal_recovery_codes"
	OpRegenerateCodes Operation = "regenerate_recovery_codes"
	OpGetPolicy       Operation = "get_policy"
	OpPreviewPolicy   Operation = "preview_policy"
	OpPatchPolicy     Operation = "patch_policy"
	OpListEvents      Operation = "list_audit_events"
	OpConsumeToken    Operation = "consume_token"
	OpIntrospectToken Operation = "introspect_token"
	OpSandbox         Operation = "sandbox"
)

// permission says which credentials may ask for an operation. A step-up token
// that the operation needs besides is looked at by the operation. openapi.yaml
// states the same of each operation, and a test compares them.
type permission struct {
	// scopes are those of which a service key needs one. Where a step-up token
	// says who acts, they are for the user's own.
	scopes []Scope
	// scopesOthers are the scopes for the step-up token of somebody else than the
	// user concerned.
	scopesOthers []Scope
	own          []stepup.Purpose // tickets, on their own user
	others       Role             // the lowest role that may on others, by an admin ticket; "" is nobody
}

// forKeys are the scopes that open the operation at all.
func (p permission) forKeys() []Scope { return append(slices.Clone(p.scopes), p.scopesOthers...) }

var (
	login        = []Scope{ScopeLogin}
	admin        = []Scope{ScopeAdmin}
	dir          = []Scope{ScopeDirectory}
	loginOrAdmin = []Scope{ScopeLogin, ScopeAdmin}
	adminOrDir   = []Scope{ScopeAdmin, ScopeDirectory}
	anyScope     = []Scope{ScopeLogin, ScopeAdmin, ScopeDirectory}

	anyTicket = []stepup.Purpose{stepup.PurposeLogin, stepup.PurposeAccount, stepup.PurposeAdmin}
	selfCare  = []stepup.Purpose{stepup.PurposeAccount, stepup.PurposeAdmin}
)

// permissions is the whole matrix. An operation that is not here is nobody's.
var permissions = map[Operation]permission{
	OpPutUser:         {scopes: dir},
	OpDeleteUser:      {scopes: dir},
	OpImportUsers:     {scopes: dir},
	OpListUsers:       {scopes: adminOrDir, others: RoleUserManager},
	OpGetUser:         {scopes: anyScope, own: anyTicket, others: RoleUserManager},
	OpIssueTicket:     {scopes: loginOrAdmin}, // each for its own purposes: see purposeScope
	OpDecide:          {scopes: login},
	OpEnroll:          {scopes: login, own: anyTicket}, // a login ticket only while the decision is enroll
	OpListFactors:     {scopes: loginOrAdmin, own: anyTicket, others: RoleUserManager},
	OpRenameFactor:    {scopes: login, own: selfCare},
	OpRemoveFactor:    {scopes: login, scopesOthers: admin, own: selfCare, others: RoleUserManager},
	OpVerify:          {scopes: login, own: anyTicket},
	OpResync:          {scopes: login, own: anyTicket},
	OpDisable:         {scopes: login, scopesOthers: admin, own: selfCare, others: RoleUserManager},
	OpCountCodes:      {scopes: loginOrAdmin, own: anyTicket, others: RoleUserManager},
	OpRevealCodes:     {scopes: login, scopesOthers: admin, own: selfCare, others: RoleUserManager},
	OpRegenerateCodes: {scopes: login, own: selfCare},
	OpGetPolicy:       {scopes: admin, others: RoleAdmin},
	OpPreviewPolicy:   {scopes: admin, others: RoleAdmin},
	OpPatchPolicy:     {scopes: admin, others: RoleAdmin},
	OpListEvents:      {scopes: admin, others: RoleAdmin},
	OpConsumeToken:    {scopes: login, own: anyTicket},
	OpIntrospectToken: {scopes: login},
	OpSandbox:         {scopes: login},
}

// authorize refuses with ErrForbidden whoever may not ask for op on userID
// ("" for the tenant as a whole), and leaves the refusal in the audit trail.
func (s *Service) authorize(ctx context.Context, c Caller, op Operation, userID string) error {
	if userID != "" && !validUserID(userID) {
		return errUserID
	}
	allowed, err := s.allows(ctx, c, permissions[op], userID)
	if err != nil {
		return err
	}
	if !allowed {
		return s.refuse(ctx, c, userID, op, c.lacks(permissions[op], userID))
	}
	return nil
}

// lacks says what the caller would need for an operation.
func (c Caller) lacks(p permission, userID string) *Error {
	switch {
	case c.Ticket == nil:
		return ErrForbidden.saying("This needs a service key of the scope " + joined(p.forKeys(), " or ") + "; this one has " + joined(c.Key.Scopes, ", ") + ".")
	case c.owns(userID) && len(p.own) > 0:
		return ErrForbidden.saying("This needs a ticket of the purpose " + joined(p.own, " or ") + "; this one is of the purpose " + string(c.Ticket.Purpose) + ".")
	case p.others != "":
		return ErrForbidden.saying("On others, and on the tenant, this needs an admin ticket of somebody with the role " + string(p.others) + " or above.")
	case len(p.own) > 0:
		return ErrForbidden.saying("A ticket may do this for its own user alone.")
	}
	return ErrForbidden.saying("No ticket may do this: it is for a service key of the scope " + joined(p.forKeys(), " or ") + ".")
}

func joined[T ~string](values []T, with string) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, with)
}

func (s *Service) allows(ctx context.Context, c Caller, p permission, userID string) (bool, error) {
	switch {
	case c.Ticket == nil:
		return c.Key.has(p.forKeys()...), nil
	case c.owns(userID):
		return slices.Contains(p.own, c.Ticket.Purpose), nil
	case c.Ticket.Purpose != stepup.PurposeAdmin || p.others == "":
		return false, nil
	}
	actor, err := s.subject(ctx, c, c.Ticket.UserID)
	if err != nil {
		return false, err
	}
	return actor.Role.rank() >= p.others.rank(), nil
}

// mayOnBehalf refuses a service key that lacks the scope for whose proof it
// brings: the user's own, or somebody else's. Power over others needs both the
// scope and the proof. A ticket was looked at when the operation was authorized.
func (c Caller) mayOnBehalf(op Operation, own bool) error {
	switch {
	case c.Ticket != nil:
		return nil
	case own && !c.Key.has(permissions[op].scopes...):
		return ErrForbidden.saying("A user's own proof needs a service key of the scope login.")
	case !own && !c.Key.has(permissions[op].scopesOthers...):
		return ErrForbidden.saying("Acting on another user needs a service key of the scope admin, or the acting person's admin ticket.")
	}
	return nil
}

// subject loads a user freshly.
func (s *Service) subject(ctx context.Context, c Caller, userID string) (User, error) {
	user, err := s.store.User(ctx, c.TenantID, userID)
	switch {
	case errors.Is(err, ErrNotFound) && c.owns(userID):
		return User{}, ErrCredentialInvalid
	case errors.Is(err, ErrNotFound):
		return User{}, unknownUser(userID)
	case err != nil:
		return User{}, err
	}
	return user, c.mayAct(user)
}

// unknownUser says which user is missing, and how to create one: most often the
// host has not told of them yet.
func unknownUser(userID string) *Error {
	return ErrNotFound.saying(fmt.Sprintf("There is no user %q here. Create it with: PUT /v1/users/%s", userID, url.PathEscape(userID)))
}

// mayAct compares a ticket with its user: it is for the one it was issued to,
// not for one deleted since, nor for another created under the same id, nor
// while the user is inactive, nor after.
func (c Caller) mayAct(user User) error {
	switch {
	case !c.owns(user.ID):
		return nil
	case user.Incarnation != c.Ticket.Incarnation:
		return ErrCredentialInvalid
	case !user.Active:
		return ErrUserInactive
	case user.Deactivations != c.Ticket.Deactivations:
		return ErrCredentialInvalid
	}
	return nil
}

// oversees reports whether an actor may act on another user's second factor:
// with the Users module, and never upwards in rank.
func oversees(actor, target User) bool {
	return actor.Active && actor.Role.rank() >= RoleUserManager.rank() && target.Role.rank() <= actor.Role.rank()
}
