package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

const oldestMajor = 15

var errNoBinaries = errors.New("no PostgreSQL 15 or later on this machine (looked for initdb and postgres in PATH " +
	"and /usr/lib/postgresql/*/bin): install it (Debian, Ubuntu: sudo apt-get install postgresql), or set " +
	Environment + " to the URL of a server on which tests may create databases")

// findBinaries returns the directory of initdb and postgres: the one in PATH when it is new enough, else
// the newest of Debian's.
func findBinaries() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if target, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = target // a link may stand alone, without the other programs beside it
		}
		if dir := filepath.Dir(initdb); major(dir) >= oldestMajor {
			return dir, nil
		}
	}
	newest, best := "", oldestMajor-1
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the only error is a bad pattern
	for _, dir := range dirs {
		if m := major(dir); m > best {
			newest, best = dir, m
		}
	}
	if newest == "" {
		return "", errNoBinaries
	}
	return newest, nil
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// major is the major version of the server in dir, 0 where there is none that runs.
func major(dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	return parseMajor(string(out))
}

func parseMajor(version string) int {
	match := versionPattern.FindStringSubmatch(version)
	if match == nil {
		return 0
	}
	n, err := strconv.Atoi(match[1])
	if err != nil {
		return 0
	}
	return n
}

// binaries finds PostgreSQL, or installs it where that is possible.
func binaries() (string, error) {
	dir, err := findBinaries()
	if err == nil {
		return dir, nil
	}
	if !mayInstall() {
		return "", err
	}
	if err := install(); err != nil {
		return "", fmt.Errorf("installing Debian's postgresql: %w", err)
	}
	return findBinaries()
}
