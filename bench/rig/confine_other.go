//go:build !linux

package rig

import "errors"

// Halve is what systems without affinities have: nothing.
func (r *Rig) Halve() (restore func() error, err error) {
	return nil, errors.New("processors can be chosen on Linux alone: leave fairness-half out with ONLY")
}
