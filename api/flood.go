package api

import (
	"net/netip"

	"github.com/labstack/echo/v4/middleware"
)

// How many refused credentials one address may try: far more than a mistaken
// client sends, far fewer than a search would need.
const (
	floodRate  = 200 // a second
	floodBurst = 400
)

// flood is a shield against floods, not a limit on guessing: that is in the
// aggregate, where it holds for all replicas.
type flood struct {
	failures *middleware.RateLimiterMemoryStore
}

func newFlood() *flood {
	return &flood{middleware.NewRateLimiterMemoryStoreWithConfig(
		middleware.RateLimiterMemoryStoreConfig{Rate: floodRate, Burst: floodBurst},
	)}
}

// admits charges a failure to an address and reports whether it may have one
// more. A network of IPv6 addresses is one: its owner has them all.
func (f *flood) admits(address string) bool {
	if a, err := netip.ParseAddr(address); err == nil && a.Is6() {
		// 64 is a length that every IPv6 prefix can have.
		network, _ := a.Prefix(64)
		address = network.String()
	}
	allowed, err := f.failures.Allow(address)
	return allowed && err == nil
}
