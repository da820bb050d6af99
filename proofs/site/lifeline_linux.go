package site

import "syscall"

// endsWithUs has the kernel kill the process when this one ends in whatever way.
func endsWithUs() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
