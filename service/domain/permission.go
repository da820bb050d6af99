package domain

import (
	"slices"
	"strings"
)

// Permission says which credentials may ask for an operation. A step-up token
// that the operation needs besides is looked at by the operation. openapi.yaml
// states the same of each operation, and a test compares them.
type Permission struct {
	// scopes are those of which a service key needs one. Where a step-up token
	// says who acts, they are for the user's own.
	scopes []Scope
	// scopesOthers are the scopes for the step-up token of somebody else than the
	// user concerned.
	scopesOthers []Scope
	// operator: for an operator key, and for no credential of a tenant.
	operator bool
	Own      []Purpose // tickets, on their own user
	Others   Role      // the lowest role that may on others, by an admin ticket; "" is nobody
}

// ForKeys are the scopes that open the operation at all.
func (p Permission) ForKeys() []Scope { return append(slices.Clone(p.scopes), p.scopesOthers...) }

var (
	login        = []Scope{ScopeLogin}
	admin        = []Scope{ScopeAdmin}
	dir          = []Scope{ScopeDirectory}
	migration    = []Scope{ScopeMigration}
	loginOrAdmin = []Scope{ScopeLogin, ScopeAdmin}
	adminOrDir   = []Scope{ScopeAdmin, ScopeDirectory}
	anyScope     = []Scope{ScopeLogin, ScopeAdmin, ScopeDirectory}

	anyTicket = []Purpose{PurposeLogin, PurposeAccount, PurposeAdmin}
	selfCare  = []Purpose{PurposeAccount, PurposeAdmin}
)

// Permissions is the whole matrix. An operation that is not here is nobody's.
var Permissions = map[Operation]Permission{
	OpPutUser:          {scopes: dir},
	OpDeleteUser:       {scopes: dir},
	OpImportUsers:      {scopes: dir},
	OpImportFactors:    {scopes: migration},
	OpListUsers:        {scopes: adminOrDir, Others: RoleUserManager},
	OpGetUser:          {scopes: anyScope, Own: anyTicket, Others: RoleUserManager},
	OpExportUser:       {scopes: admin},
	OpIssueTicket:      {scopes: loginOrAdmin}, // each for its own purposes: see purposeScope
	OpDecide:           {scopes: login},
	OpEnroll:           {scopes: login, Own: anyTicket}, // a login ticket only while the decision is enroll
	OpListFactors:      {scopes: loginOrAdmin, Own: anyTicket, Others: RoleUserManager},
	OpRenameFactor:     {scopes: login, Own: selfCare},
	OpRemoveFactor:     {scopes: login, scopesOthers: admin, Own: selfCare, Others: RoleUserManager},
	OpVerify:           {scopes: login, Own: anyTicket},
	OpVerifyOptions:    {scopes: login, Own: anyTicket},
	OpResync:           {scopes: login, Own: anyTicket},
	OpDisable:          {scopes: login, scopesOthers: admin, Own: selfCare, Others: RoleUserManager},
	OpCountCodes:       {scopes: loginOrAdmin, Own: anyTicket, Others: RoleUserManager},
	OpRevealCodes:      {scopes: login, scopesOthers: admin, Own: selfCare, Others: RoleUserManager},
	OpRegenerateCodes:  {scopes: login, Own: selfCare},
	OpListAccessPasses: {scopes: loginOrAdmin, Own: selfCare, Others: RoleUserManager},
	OpGiveAccessPass:   {scopesOthers: admin, Others: RoleUserManager},
	OpEndAccessPass:    {scopes: loginOrAdmin, Own: selfCare, Others: RoleUserManager}, // a power less: it takes no proof
	OpExempt:           {scopesOthers: admin, Others: RoleAdmin},
	OpEndExemption:     {scopesOthers: admin, Others: RoleAdmin},
	OpRememberBrowser:  {scopes: login},
	OpListBrowsers:     {scopes: loginOrAdmin, Own: selfCare, Others: RoleUserManager},
	// No step-up is asked for: to forget a browser takes trust away and gives none.
	OpForgetBrowser:   {scopes: loginOrAdmin, Own: selfCare, Others: RoleUserManager},
	OpGetPolicy:       {scopes: admin, Others: RoleAdmin},
	OpPreviewPolicy:   {scopes: admin, Others: RoleAdmin},
	OpPatchPolicy:     {scopes: admin, Others: RoleAdmin},
	OpListEvents:      {scopes: admin, Own: selfCare, Others: RoleAdmin}, // on oneself less is told
	OpFollowEvents:    {scopes: admin},
	OpConsumeToken:    {scopes: login, Own: anyTicket},
	OpIntrospectToken: {scopes: login},
	OpSandbox:         {scopes: login},
	OpListTenants:     {operator: true},
	OpPutTenant:       {operator: true},
	OpCreateKey:       {operator: true},
	OpRevokeKey:       {operator: true},
}

// NotForOneself refuses whoever asks for something that another person has to do.
func (p Permission) NotForOneself() *Error {
	return ErrForbidden.WithDetail("Nobody may do this for themselves. Ask somebody else with the role " + string(p.Others) + " or above.")
}

// Lacks says what the caller would need for an operation.
func (c Caller) Lacks(p Permission, userID string) *Error {
	switch {
	case p.operator:
		return ErrForbidden.WithDetail("This needs an operator key, which belongs to no tenant: countersign operatorkey create.")
	case c.Ticket == nil:
		return ErrForbidden.WithDetail("This needs a service key of the scope " + joined(p.ForKeys(), " or ") + "; this one has " + joined(c.Key.Scopes, ", ") + ".")
	case c.Owns(userID) && len(p.Own) > 0:
		return ErrForbidden.WithDetail("This needs a ticket of the purpose " + joined(p.Own, " or ") + "; this one is of the purpose " + string(c.Ticket.Purpose) + ".")
	case c.Owns(userID) && p.Others != "":
		return p.NotForOneself()
	case p.Others != "":
		return ErrForbidden.WithDetail("On others, and on the tenant, this needs an admin ticket of somebody with the role " + string(p.Others) + " or above.")
	case len(p.Own) > 0:
		return ErrForbidden.WithDetail("A ticket may do this for its own user alone.")
	}
	return ErrForbidden.WithDetail("No ticket may do this: it is for a service key of the scope " + joined(p.ForKeys(), " or ") + ".")
}

func joined[T ~string](values []T, with string) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, with)
}

// MayOnBehalf refuses a service key that lacks the scope for whose proof it
// brings: the user's own, or somebody else's. Power over others needs both the
// scope and the proof. A ticket was looked at when the operation was authorized.
func (c Caller) MayOnBehalf(op Operation, own bool) error {
	switch {
	case c.Ticket != nil:
		return nil
	case own && !c.Key.Has(Permissions[op].scopes...):
		return ErrForbidden.WithDetail("A user's own proof needs a service key of the scope login.")
	case !own && !c.Key.Has(Permissions[op].scopesOthers...):
		return ErrForbidden.WithDetail("Acting on another user needs a service key of the scope admin, or the acting person's admin ticket.")
	}
	return nil
}

// MayAct compares a ticket with its user: it is for the one it was issued to,
// not for one deleted since, nor for another created under the same id, nor
// while the user is inactive, nor after.
func (c Caller) MayAct(user User) error {
	switch {
	case !c.Owns(user.ID):
		return nil
	case user.Incarnation != c.Ticket.Incarnation:
		return ErrCredentialInvalid
	case !user.Active:
		return ErrUserInactive
	case user.TicketEpoch != c.Ticket.TicketEpoch:
		return ErrCredentialInvalid
	}
	return nil
}

// CanExempt reports whether an actor may release another user from a mandate, or end
// that: an admin or owner, and never upwards in rank.
func CanExempt(actor, target User) bool {
	return CanManage(actor, target) && actor.Role.Rank() >= RoleAdmin.Rank()
}

// CanManage reports whether an actor may act on another user's second factor:
// with the Users module, and never upwards in rank.
func CanManage(actor, target User) bool {
	return actor.Active && actor.Role.Rank() >= RoleUserManager.Rank() && target.Role.Rank() <= actor.Role.Rank()
}
