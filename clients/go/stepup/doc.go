// Package stepup checks step-up tokens: what Countersign signs when a user has
// just proven a second factor, and what a host opens a session or allows a
// dangerous action for.
//
// A Verifier does so offline, with the service's published keys. Require is
// middleware for net/http that asks for a token in the way of RFC 9470; package
// stepupecho is the same for Echo; Guard is what both are made of.
//
// What a token states is the claims of the contract, countersign.StepUpClaims.
// They mean nothing to a host until they were compared with what it knew before
// it looked at the token: whose session this is, and what is to be allowed. So
// there is no way here to read a token without an Expect.
//
// Offline means that a token counts as often as it is shown until it expires,
// at most five minutes after it was signed, and that a user who was deactivated
// meanwhile is not noticed. Where it must count once, or for something that
// cannot be undone, spend it: SpentBy, or countersign.Client.ConsumeToken.
package stepup
