package process

import "syscall"

// endsWithUs has the kernel kill the process when this one ends in whatever way. Its session is its own, so
// that Ctrl-C reaches this one alone, which then ends it.
func endsWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
