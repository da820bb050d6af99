package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "host:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	addr := flag.String("addr", "127.0.0.1:8081", "address to listen on")
	flag.StringVar(&c.keys, "keys", ".", "folder with the tenant's service keys, one for each scope: login.key, admin.key and directory.key")
	flag.StringVar(&c.service, "countersign", "http://localhost:8080", "base URL of Countersign")
	flag.StringVar(&c.tenant, "tenant", "ledger", "name of the tenant")
	flag.StringVar(&c.edition, "edition", "server", "whom the pages call in charge of the mandate: server or saas, like the tenant")
	flag.BoolVar(&c.sandbox, "sandbox", false, "the tenant is a sandbox, for tests")
	flag.BoolVar(&c.showTour, "tour", false, "show the tour, and everybody's codes: for demonstrations, with -sandbox alone")
	flag.StringVar(&c.other, "other", "", "base URL of the host of the other edition, where the tour goes on")
	flag.BoolVar(&c.https, "https", false, "the pages are served over https, so that cookies may be held to it")
	flag.Parse()

	var following sync.WaitGroup
	defer following.Wait()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a, err := newApp(c)
	if err != nil {
		return err
	}
	if err := a.mirror(ctx); err != nil {
		return err
	}
	a.mailbox.Begin(ctx, a.admin)
	following.Go(func() { a.mailbox.Follow(ctx, a.admin) })
	if err := a.prepare(ctx); err != nil {
		return err
	}
	return serve(ctx, *addr, a.handler())
}

func serve(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("listening at %s\n", pageURL(listener.Addr()))
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// pageURL is what people open. This machine is called by its name: browsers bind no
// passkey to an address.
func pageURL(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && (tcp.IP.IsLoopback() || tcp.IP.IsUnspecified()) {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + addr.String()
}
