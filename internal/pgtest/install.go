package pgtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// mayInstall holds for root on Debian and its relatives, which is what CI and most containers are.
func mayInstall() bool {
	if os.Geteuid() != 0 {
		return false
	}
	_, err := exec.LookPath("apt-get")
	return err == nil
}

// createClusterConf stops Debian's package from creating and starting a cluster of its own, which tests
// do not need and which nobody asked for.
const createClusterConf = "/etc/postgresql-common/createcluster.conf"

// install installs Debian's postgresql. Several test binaries may find it missing at the same moment: one
// installs, the others wait for it.
func install() error {
	lock, err := os.Open("/etc/apt")
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking /etc/apt: %w", err)
	}
	if _, err := findBinaries(); err == nil {
		return nil
	}
	fmt.Fprintln(os.Stderr, "pgtest: no PostgreSQL 15 or later here; installing Debian's postgresql (apt-get) for the tests")
	for _, step := range []func() error{
		func() error { return apt("update") },
		func() error { return apt("install", "postgresql-common") },
		noMainCluster,
		func() error { return apt("install", "postgresql") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func apt(verb string, packages ...string) error {
	args := []string{"-qq", "-o", "DPkg::Lock::Timeout=300", verb}
	if verb == "install" {
		args = append(args, "--yes", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold")
	}
	cmd := exec.Command("apt-get", append(args, packages...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("apt-get %s: %w", strings.Join(append([]string{verb}, packages...), " "), err)
	}
	return nil
}

func noMainCluster() error {
	conf, err := os.OpenFile(createClusterConf, os.O_APPEND|os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a package that does not know the file does not create a cluster by it
	}
	if err != nil {
		return err
	}
	if _, err := conf.WriteString("\ncreate_main_cluster = false\n"); err != nil {
		conf.Close()
		return err
	}
	return conf.Close()
}
