// Package plain is the least that could be done for a verification: a handler that binds JSON, changes the user's row
// and appends an audit event in one statement, and signs a token. It checks no credential and no
// contract, opens no secret, has no limits and writes no log. Verifications are compared with it. It is a process of its
// own, as the product is, so that what the two take is read in the same way.
package plain
