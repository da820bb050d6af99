// Package proofs holds no code: its tests show, on a real installation of several processes, what the design
// promises about spending proofs. They have short slices for every run of the tests, and long ones:
//
//	DURATION=30m go test -timeout 40m -v -run Histories ./proofs
//
// See package site for what else can be set.
package proofs
