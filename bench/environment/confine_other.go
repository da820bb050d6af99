//go:build !linux

package environment

import "errors"

// Halve is what systems without affinities have: nothing.
func (e *Environment) Halve() (restore func() error, err error) {
	return nil, errors.New("processors can be chosen on Linux alone: leave fairness-half out with ONLY")
}
