// Command countersign is the second-factor authentication service and the
// tools of whoever operates it.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// version is set by the linker.
var version = "dev"

// ballastSize has garbage collected when there are tens of megabytes of it,
// however little is in use: else to collect it is a fourth of the work of an
// import. The ballast is never written, and so takes no memory; the garbage that
// it lets lie does.
const ballastSize = 12 << 20

func main() {
	ballast := make([]byte, ballastSize)
	code := untilSignal(func(ctx context.Context) int { return run(ctx, os.Args[1:]) })
	runtime.KeepAlive(ballast)
	os.Exit(code)
}

// untilSignal ends the context at the first signal. The second one ends the
// process, whatever it is waiting for.
func untilSignal(f func(context.Context) int) int {
	signals, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	// Whoever sees that the first one was heard may send the second.
	heard := func() { stop(); end() }
	context.AfterFunc(signals, heard)
	defer onHangUp(heard)()
	return f(ctx)
}

// onHangUp calls f at a SIGHUP, which is a terminal that closes, or somebody who
// wants settings to be read again: those of a process never change, so that it
// ends well and is started anew by whoever supervises it. A second one does not
// end it at once: a terminal sends one, and its shell another. Under nohup there
// is none.
func onHangUp(f func()) (stop func()) {
	if signal.Ignored(syscall.SIGHUP) {
		return func() {}
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		for range hangups {
			f()
		}
	}()
	return func() { signal.Stop(hangups) }
}
