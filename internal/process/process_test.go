package process_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/countersign/countersign/internal/process"
	"github.com/countersign/countersign/internal/processtest"
)

// parentVariable makes this test binary a process that starts another, prints its id and lives on.
const parentVariable = "PROCESS_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		cmd := process.Command(context.Background(), "/", nil, "sh", "-c", "echo $$; exec sleep 600")
		cmd.Stdout = os.Stdout
		_ = cmd.Run()
		return
	}
	os.Exit(process.Main(m))
}

var serve = []string{"serve"}

func started(t *testing.T, args []string, settings ...string) (*process.Process, *process.Record) {
	t.Helper()
	settings = append([]string{"COUNTERSIGN_ADDR=127.0.0.1:0", "COUNTERSIGN_SHUTDOWN_DELAY=0s"}, settings...)
	cmd := process.Command(context.Background(), t.TempDir(), settings, processtest.Binary(t), args...)
	cmd.Stdout = io.Discard // the log is what is read here
	return processtest.Start(t, cmd)
}

func TestAServerHasNoSettingOfItsStarter(t *testing.T) {
	t.Setenv("COUNTERSIGN_ADDR", "nonsense")
	t.Setenv("COUNTERSIGN_NONSENSE", "nonsense")
	p, log := started(t, serve)
	if err := p.Ready(processtest.Within(t)); err != nil {
		t.Fatal(err)
	}
	if err := p.End(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "every request has been answered") {
		t.Errorf("the log is not whole:\n%s", log)
	}
}

func TestWhereAServerListensIsKnownInEitherFormatOfTheLog(t *testing.T) {
	t.Parallel()
	for begins, args := range map[string][]string{"{": serve, "time=": {"serve", "--dev"}} {
		p, log := started(t, args)
		address, err := p.Serving(processtest.Within(t))
		if err != nil || !strings.HasPrefix(address, "127.0.0.1:") || !strings.HasPrefix(log.String(), begins) {
			t.Errorf("countersign %v listens at %q, %v:\n%s", args, address, err, log)
		}
	}
}

func TestTheEndOfAServerIsTold(t *testing.T) {
	t.Parallel()
	failing, _ := started(t, serve, "COUNTERSIGN_DATABASE_URL=nonsense")
	if err := failing.Ready(processtest.Within(t)); err == nil || !strings.Contains(err.Error(), "exit status") {
		t.Errorf("that it could not start is told by: %v", err)
	}
	if err := failing.End(syscall.SIGKILL); err == nil || !strings.Contains(err.Error(), "by itself") || failing.Err() == nil {
		t.Errorf("that it had ended is told by: %v", err)
	}
	killed, _ := started(t, serve)
	if err := killed.End(syscall.SIGKILL); err != nil {
		t.Errorf("to be killed is no bad end: %v", err)
	}
	if err := syscall.Kill(killed.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("what was killed is there: %v", err)
	}
	waiting, _ := started(t, serve)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := waiting.Await(ended, "fly", func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("that nobody waits any longer is told by: %v", err)
	}
}
