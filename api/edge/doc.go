// Package edge is what every request passes on its way to an operation, and what
// every answer passes on its way back. Package api adds the operations.
//
//	server.go            Config, Server: the order in which a request is looked at
//	call.go              what is known of one request: id, address, operation, caller
//	caller.go            the credential; auth_failure_limiter.go: how many may be wrong
//	origin.go            which web pages may call (CORS)
//	request.go           the body as it came; json.go: as one strict JSON value
//	contract.go          the operations of openapi.yaml
//	validate.go          request against openapi.yaml; schema_message.go: what is wrong, in words
//	guess_delay.go       slower answers while somebody seems to guess
//	concurrency_limit.go how much is done at once, tenants in turn
//	stream.go            bodies of any length; buffered_answer.go: answers that wait
//	problem.go           errors as RFC 9457 problems; problem_table.go: the one error table
//	observe.go           the access log; metrics.go: what operators watch
//
// A request without a good credential is refused before its body is looked at,
// and a malformed one before any state is touched.
//
// Package api and cmd import it. It imports neither, and knows of the domain who
// calls and what an error says, but no operation: what it has to ask, it asks
// through the small interfaces that are declared here.
package edge
