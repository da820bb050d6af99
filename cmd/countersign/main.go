// Command countersign is the second-factor authentication service and the
// tools of whoever operates it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "dev"

func main() {
	os.Exit(untilSignal(func(ctx context.Context) int { return run(ctx, os.Args[1:]) }))
}

// untilSignal ends the context at the first signal. The second one ends the
// process, whatever it is waiting for.
func untilSignal(f func(context.Context) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return f(ctx)
}
