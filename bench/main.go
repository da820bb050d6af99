// Command bench measures a built countersign, as its users would see it: over HTTP, on a PostgreSQL with its
// default durability and on SQLite, beside what the database does alone. See docs/performance.md.
//
//	make bench                                                    everything
//	make bench ONLY='verify/|pgbench' ROUNDS=1 DURATION=2s USERS=10000      a slice
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/countersign/countersign/bench/plain"
	"github.com/countersign/countersign/bench/report"
)

type commands struct {
	Run     settings       `cmd:"" default:"withargs" help:"Measure."`
	Compare comparison     `cmd:"" help:"Hold one countersign against another."`
	Publish publishCommand `cmd:"" help:"Put kept results into the document."`
	Plain   plain.Command  `cmd:"" hidden:"" help:"Be the plain handler that verifications are compared with."`
}

func main() {
	var c commands
	parsed := kong.Parse(&c, kong.Name("bench"), kong.UsageOnError())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted; nothing is left behind, and nothing was kept")
		}
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // what stop undoes ends with the process
	}
}

// Run measures, shows the result and keeps it.
func (s *settings) Run(ctx context.Context) error {
	checked, err := s.checked()
	if err != nil {
		return err
	}
	result, err := checked.run(ctx)
	if err != nil {
		return err
	}
	fmt.Println(report.Markdown(result))
	if err := os.MkdirAll(checked.Results, 0o755); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "results:", checked.out())
	return result.Write(checked.out())
}
