// Package secondstep serves the two routes that a host has for the second step of
// its login: the page's screen asks one for what to do and for a ticket, and hands
// the step-up token to the other one. With it a host writes neither.
//
//	step := secondstep.Handler{Client: service, Verifier: verifier, Pending: pending, Open: open}
//	mux.Handle("POST /login/", step) // /login/ticket and /login/second-step
//
// and its page has one tag:
//
//	<countersign-challenge tickets="/login/ticket" proof="/login/second-step" next="/"></countersign-challenge>
//
// Nobody is let in by anything but the outcome Allow or a token that was verified
// for this user and this session: not by an error, not by an outcome that this
// version does not know, and not while the service or its keys cannot be reached.
// Both routes take what a page of the host's own origin posts, and nothing else.
//
// For Echo, wrap it: e.Any("/login/*", echo.WrapHandler(step)).
package secondstep
