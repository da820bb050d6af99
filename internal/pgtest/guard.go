package pgtest

import (
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits for the end of its standard input, which comes when the process that started it has
// ended in whatever way, SIGKILL included. What is left of the cluster then goes; after a proper end
// nothing is. The server removes its lock file as the last thing it does, and a process of that number may
// be seen longer, where nobody reaps orphans.
const guardScript = `
read -r _
lock=$1/data/postmaster.pid
pid=$(head -n 1 "$lock" 2>/dev/null) && [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
tries=0
while [ -e "$lock" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries+1)); done
rm -rf "$1"
`

// guard is a process that outlives ours by a moment and clears up.
type guard struct {
	cmd  *exec.Cmd
	pipe io.Closer
}

func startGuard(dir string, as *syscall.Credential) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "countersign-pgtest-guard", dir)
	cmd.Dir = "/"
	// A session of its own, so that Ctrl-C in the terminal does not end it before it has done its work.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: as}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &guard{cmd: cmd, pipe: pipe}, nil
}

func (g *guard) release() {
	_ = g.pipe.Close() // the end of the file is the message
	_ = g.cmd.Wait()
}
