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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return f(ctx)
}
