// Package countersign is what a host's backend in Go embeds to leave the second
// step of its login to Countersign.
//
// A login costs the backend one call. After the password was right it asks for
// a decision and does what the Outcome says:
//
//	d, err := service.Decide(ctx, countersign.DecisionRequest{UserID: user, SessionID: session, FirstFactor: ...})
//	if err != nil {
//		return err // the login fails, with a message to try again
//	}
//	switch d.Outcome {
//	case countersign.Allow: // open the session
//	case countersign.Challenge, countersign.Enroll: // hand d.Ticket to the browser
//	default: // countersign.Deny
//	}
//
// The browser proves a code with the ticket and hands the step-up token that it
// earns to the backend, where stepup.Verifier checks it offline, for this user
// and this session. Package stepup has middleware that asks for one before a
// dangerous action; stepup/stepupecho has it for Echo.
//
// # It fails closed
//
// With an error, Decide returns the zero Decision, and the zero Decision is
// Deny. No timeout, no broken connection, no page of a proxy and no answer that
// this version does not know becomes Allow. A host that lets users in because
// the second step is unreachable has no second step: whoever wants to get around
// it makes it unreachable.
//
// # One client for each service key
//
// A service key of the scope login carries a login and all that users do for
// themselves. PutUser, DeleteUser and ImportUsers take the scope directory, and
// ImportFactors the scope migration, which a key has for a migration alone.
// Tickets of the purpose admin, what somebody does to another user, the policy
// and the audit trail take the scope admin; listing users takes either of them.
// So the backend that logs people in has a client with a key of the scope login
// alone, and whatever else the host does another one. A key of another scope is
// answered ProblemCodeForbidden.
//
// # Errors
//
// An answer that is not a success is a *Problem, whose Code is stable; a call
// that got no answer is ErrNoAnswer. Both are found by errors.As and errors.Is,
// a code like this:
//
//	if errors.Is(err, countersign.ProblemCodeCodeInvalid) { ... }
//
// # What is repeated
//
// A call is sent once more, after a lost connection or a 503, where that is
// safe: when it only reads or decides, when it says the same again (PutUser,
// RenameFactor), and when it proves a code, for which it carries an Idempotency-Key that the
// service knows again. Everything else is sent once. Redirects are never
// followed.
//
// # The shape of this module
//
// It is a module of its own, so that a host inherits neither the service's
// database drivers nor its web framework: this package needs the standard
// library alone, package stepup golang-jwt besides, and Echo is required only
// by those who import stepup/stepupecho. The types are generated from the
// service's openapi.yaml. The calls are written by hand, since generated ones
// would know neither which of them may be repeated nor that a decision fails
// closed.
package countersign
