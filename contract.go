// Package countersign holds the contract of the service, and its documents.
package countersign

import "embed"

// Contract is openapi.yaml, the source of truth of the API: server and types are generated from it, requests and responses
// are validated against it, and it is served as it stands. It must not be modified.
//
//go:embed openapi.yaml
var Contract []byte

// Documents are what there is to be read, with the pictures in it and the hosts of one file. They are served below /docs.
//
//go:embed docs/*.md docs/images docs/performance README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md clients/typescript/README.md web/README.md
//go:embed examples/java/README.md examples/java/Host.java examples/python/README.md examples/python/host.py
var Documents embed.FS
