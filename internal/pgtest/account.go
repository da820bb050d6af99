package pgtest

import (
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as: nil is whoever runs the tests. PostgreSQL refuses to run as root, so
// root's server belongs to postgres, or to nobody where that user does not exist.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return credential(u)
		}
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody")
}

func credential(u *user.User) (*syscall.Credential, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// makeDir makes the directory of a cluster below parent, "" being the usual place for temporary files,
// and gives it to as.
func makeDir(parent string, as *syscall.Credential) (string, error) {
	if parent == "" {
		parent = os.TempDir()
		if as != nil && !reachable(parent) {
			parent = "/tmp"
		}
	}
	dir, err := os.MkdirTemp(parent, "countersign-pgtest-")
	if err != nil || as == nil {
		return dir, err
	}
	if !reachable(parent) {
		_ = os.Remove(dir)
		return "", errors.New("PostgreSQL runs as an unprivileged user here, who cannot enter " + parent)
	}
	if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
		_ = os.Remove(dir)
		return "", err
	}
	return dir, nil
}

// reachable tells whether another user may enter dir, which takes the search bit on every level.
func reachable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return true
		}
		dir = parent
	}
}
