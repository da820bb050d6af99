package domain

import (
	"slices"
	"strconv"
)

// FreeName is what a factor is called whose user gave no name: the first one that
// no other factor has.
func (s SecondFactor) FreeName(t FactorType) string {
	usual := "Authenticator"
	if t == FactorPasskey {
		usual = "Passkey"
	}
	name := usual
	for n := 2; hasName(s.Factors, name); n++ {
		name = usual + " " + strconv.Itoa(n)
	}
	return name
}

func hasName(factors []Factor, name string) bool {
	return slices.ContainsFunc(factors, func(f Factor) bool { return f.Name == name })
}

// DeviceLabel tells the entry of f, which is pending, in an app from those of the
// user's other factors: several apps replace an entry by one of the same label,
// and the old one has to work until the new one is confirmed. The first factor
// needs none.
func (s SecondFactor) DeviceLabel(f Factor) string {
	active := s.ActiveFactors()
	switch {
	case len(active) == 0:
		return ""
	case hasName(active, f.Name):
		return f.Name + ", " + f.ID[len(f.ID)-4:]
	}
	return f.Name
}
