// Package outbound sends what webhooks are told, and is the only way out by HTTP that
// the service has: to addresses that are public or that the operator allowed, as they
// are when the connection is made, and to nowhere else that an answer names.
package outbound
