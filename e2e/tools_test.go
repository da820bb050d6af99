package e2e_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// tool finds a program that these tests cannot do without.
func tool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing; install Debian's package %s", name, debianPackage)
	}
	return path
}

// output runs a program and returns what it wrote, without the last line break.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command.Args, " "), err, stdout.String(), stderr.String())
	}
	return strings.TrimSuffix(stdout.String(), "\n")
}

// phone is an authenticator app: a secret, and oathtool that computes its codes.
type phone struct {
	t      *testing.T
	secret string
	step   int64 // the time step of when the phone was picked up
}

const period = 30

func newPhone(t *testing.T, secret string) phone {
	return phone{t: t, secret: secret, step: time.Now().Unix() / period}
}

// code is what the phone shows so many steps after it was picked up.
func (p phone) code(steps int64) string {
	p.t.Helper()
	at := fmt.Sprintf("@%d", (p.step+steps)*period)
	return output(p.t, exec.Command(tool(p.t, "oathtool", "oathtool"), "--totp", "-b", "-N", at, p.secret))
}

// readQR returns the text of the QR code in an image file.
func readQR(t *testing.T, path string) string {
	t.Helper()
	return output(t, exec.Command(tool(t, "zbarimg", "zbar-tools"), "-q", "--raw", "--nodbus", path))
}

// eventually polls until the condition holds, and fails after a deadline.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("waited 20 s until %s", what)
		case <-tick.C:
		}
	}
}
