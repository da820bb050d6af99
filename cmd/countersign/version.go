package main

import "runtime"

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(a *app) error {
	a.printf("countersign %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
