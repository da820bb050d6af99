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
	for i, s := range sites {
		if err := d.open(s, sites[1-i]); err != nil {
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

  begin here    %[1]s/tour   all it does, with the place to click and the codes to type

  on premises   %[1]s   an administrator may require it of everyone
  cloud         %[2]s   only the owner may
  Countersign   %[3]s   the service behind both, and its /docs

  olga   owner, the first user      ben    member
  ada    administrator              mia    member
  uma    user manager               ivo    member, not active
  lea    member, by LDAP            sam    member, by SAML: use "Single sign-on"

Everybody's password is: correct horse
Any authenticator app will do, and without one the tour shows the codes: both tenants are sandboxes, whose logins prove
nothing. uma and ben have a device already, which is there. Nothing is kept: the next start begins anew.

Ctrl-C ends it.
`

// keys is the folder where the service keys of a tenant are kept.
func (d *demo) keys(s site) string { return filepath.Join(d.folder, s.tenant) }
