// Package countersign holds the contract of the service.
package countersign

import _ "embed"

// Contract is openapi.yaml, the source of truth of the API: server and types are generated from it, requests and responses
// are validated against it, and it is served as it stands. It must not be modified.
//
//go:embed openapi.yaml
var Contract []byte
