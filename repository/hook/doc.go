// Package hook keeps webhooks: whom events are told, how far, what has to be tried
// again, and which process sends.
package hook
