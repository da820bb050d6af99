// Command demo starts Countersign and two hosts in front of it, one of either
// edition, on databases in a folder that is gone afterwards.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	service := flag.String("countersign", "bin/countersign", "the program of the service")
	host := flag.String("host", "bin/host", "the program of the host")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := demonstrate(ctx, *service, *host)
	ended := ctx.Err() != nil // as it was asked to
	stop()
	if err != nil && !ended {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// programs is how many there are: none of them waits to tell that it ended.
const programs = 3

// site is one host with its tenant.
type site struct{ tenant, edition, addr string }

func demonstrate(ctx context.Context, service, host string) error {
	folder, err := os.MkdirTemp("", "countersign-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	d := &demo{ctx: ctx, folder: folder, service: service, host: host, addr: address(8080), ended: make(chan error, programs)}
	defer d.stop()
	sites := []site{{"ledger", "server", address(8081)}, {"ledger-cloud", "saas", address(8082)}}
	for _, s := range sites {
		if err := d.createTenant(s); err != nil {
			return fmt.Errorf("creating the tenant %s: %w", s.tenant, err)
		}
	}
	if err := d.serve(); err != nil {
		return err
	}
	for _, s := range sites {
		if err := d.open(s); err != nil {
			return err
		}
	}
	fmt.Printf(banner, urlOf(sites[0].addr), urlOf(sites[1].addr), urlOf(d.addr))
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.ended:
		return errors.Join(errors.New("one of the programs ended"), err)
	}
}

const banner = `
Ledger, a small product, now asks Countersign for the second step of its login.

  on premises   %s   an administrator may require it of everyone
  cloud         %s   only the owner may
  Countersign   %s   the service behind both, and its /docs

  olga   owner, the first user      ben    member
  ada    administrator              mia    member
  uma    user manager               ivo    member, not active
  lea    member, by LDAP            sam    member, by SAML: use "Single sign-on"

Everybody's password is: correct horse
Any authenticator app will do. Log in as mia, open "Security" and scan the QR code; then log out and in again.
What else to try is in examples/host/README.md. Nothing is kept: the next start begins anew.

Ctrl-C ends it.
`

// keys is the folder where the service keys of a tenant are kept.
func (d *demo) keys(s site) string { return filepath.Join(d.folder, s.tenant) }
