package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// healthcheckTimeout is below the one that image and compose files give.
const healthcheckTimeout = 2 * time.Second

type healthcheckCommand struct {
	address
	Live bool `help:"Ask whether the process lives (/healthz), also while the database is down. Use this for restarts."`
}

// Run asks.
func (c *healthcheckCommand) Run(a *app) error {
	target, err := c.target()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, healthcheckTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	// Straight to this machine, whatever proxy the environment names.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no server answers at %s; check COUNTERSIGN_ADDR and that serve runs: %w", c.Addr, err)
	}
	defer response.Body.Close() //nolint:errcheck // only its status is read
	switch {
	case c.Live && response.StatusCode != http.StatusOK:
		return fmt.Errorf("the server at %s answers /healthz with %s; restart it", c.Addr, response.Status)
	case c.Live:
		a.printf("alive\n")
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("the server at %s is not ready; GET /readyz says why (%s)", c.Addr, response.Status)
	default:
		a.printf("ready\n")
	}
	return nil
}

// path is what is asked for.
func (c *healthcheckCommand) path() string {
	if c.Live {
		return "/healthz"
	}
	return "/readyz"
}

// target is where to ask: a server on every interface is asked on this one.
func (c *healthcheckCommand) target() (string, error) {
	if err := c.check(); err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil || port == "0" {
		return "", usagef("COUNTERSIGN_ADDR must name the port that serve took; the log of serve says it")
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip == netip.IPv4Unspecified() {
		host = "127.0.0.1"
	} else if err == nil && ip.IsUnspecified() {
		host = "::1"
	}
	return "http://" + net.JoinHostPort(host, port) + c.path(), nil
}
