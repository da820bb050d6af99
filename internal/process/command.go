package process

import (
	"context"
	"os"
	"os/exec"
)

// Command is a program in a directory, which is its home too, with these settings, NAME=value, and none of this
// process's. It ends with ctx, and with this process in whatever way that ends.
func Command(ctx context.Context, dir string, settings []string, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TZ=UTC"}, settings...)
	cmd.SysProcAttr = endsWithUs()
	return cmd
}
