// Package web holds the screens of the service: web components, embedded and
// served as they are written.
package web

import "embed"

// Files are the modules, by the path they import each other by.
//
//go:embed *.js strings/*.js
var Files embed.FS
