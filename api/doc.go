// Package api has the operations of openapi.yaml, one short method each: convert,
// call, convert. What every request passes before and after is package edge's; no
// other package than these two knows HTTP.
//
//	server.go     Config, New: the operations behind their edge
//	user.go, ...  the operations, by noun, each with the interface that they call
//	cursor.go     pages of lists; accept.go: what form of an answer is liked best
//	json_line.go  the lines of an import; user_line.go, factor_line.go: what they say
//	docs.go       the documentation and the contract; ui.go the screens; file.go how each is answered
package api
