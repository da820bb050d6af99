// Package api is the only package that knows HTTP. It reads requests, calls
// [service.Service], and writes what came of it.
//
//	server.go     Config, Server: the order in which a request is looked at
//	call.go       what is known of one request: id, address, operation, caller
//	caller.go     the credential
//	origin.go     which web pages may call (CORS)
//	request.go    the body as it came; json.go: as one strict JSON value
//	validate.go   request against openapi.yaml; sentence.go: what is wrong, in words
//	problem.go    errors as RFC 9457 problems; problem_table.go: the one error table
//	user.go, ...  one short method per operation: convert, call, convert
//
// A request without a good credential is refused before its body is looked at,
// and a malformed one before any state is touched.
package api
