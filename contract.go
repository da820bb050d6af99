// Package countersign holds the contract of the service, and the guides that it leads to.
package countersign

import "embed"

// Contract is openapi.yaml, the source of truth of the API: server and types are generated from it, requests and responses
// are validated against it, and it is served as it stands. It must not be modified.
//
//go:embed openapi.yaml
var Contract []byte

// Guides are the documents and the pictures in them. They are served below /docs.
//
//go:embed docs/*.md docs/images docs/performance
var Guides embed.FS
