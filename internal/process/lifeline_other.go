//go:build !linux

package process

import "syscall"

// endsWithUs is what systems without a parent-death signal have: nothing.
func endsWithUs() *syscall.SysProcAttr { return nil }
