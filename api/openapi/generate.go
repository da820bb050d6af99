// Package openapi is generated from openapi.yaml: the types of the contract and a server that calls one method per operation.
package openapi

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config config.yaml ../../openapi.yaml
