package seal_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/countersign/countersign/service/seal"
)

// entry of a POSIX ACL: of its tags, 1 is the owner, 2 a user, 4 the group, 8 a named group, 16 the mask and 32
// everybody.
type entry struct {
	tag, permissions uint16
	id               uint32
}

const nobody = ^uint32(0)

// systemd gives a service its credentials so, since it mounts them as a tmpfs.
func TestAKeysetThatAnACLGivesToThisProcessAloneIsTaken(t *testing.T) {
	t.Parallel()
	us := uint32(os.Geteuid())
	for name, test := range map[string]struct {
		acl  []entry
		good bool
	}{
		"this user":            {[]entry{{1, 4, nobody}, {2, 4, us}, {4, 0, nobody}, {16, 4, nobody}, {32, 0, nobody}}, true},
		"another user":         {[]entry{{1, 4, nobody}, {2, 4, us + 1}, {4, 0, nobody}, {16, 4, nobody}, {32, 0, nobody}}, false},
		"another one too":      {[]entry{{1, 4, nobody}, {2, 4, us}, {2, 4, us + 1}, {4, 0, nobody}, {16, 4, nobody}, {32, 0, nobody}}, false},
		"the group too":        {[]entry{{1, 4, nobody}, {2, 4, us}, {4, 4, nobody}, {16, 4, nobody}, {32, 0, nobody}}, false},
		"a named group too":    {[]entry{{1, 4, nobody}, {2, 4, us}, {4, 0, nobody}, {8, 4, us}, {16, 4, nobody}, {32, 0, nobody}}, false},
		"everybody too":        {[]entry{{1, 4, nobody}, {2, 4, us}, {4, 0, nobody}, {16, 4, nobody}, {32, 4, nobody}}, false},
		"this user, to write":  {[]entry{{1, 4, nobody}, {2, 6, us}, {4, 0, nobody}, {16, 6, nobody}, {32, 0, nobody}}, false},
		"the group, by a mode": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keyset.json")
			mustCreate(t, path)
			if err := os.Chmod(path, 0o440); err != nil {
				t.Fatal(err)
			}
			grant(t, path, test.acl)
			if info := mustStat(t, path); info.Mode().Perm()&0o070 == 0 {
				t.Fatalf("the mode is %v: it does not show the mask", info.Mode())
			}
			if _, err := seal.LoadKeysetFile(path); test.good != (err == nil) || err != nil && !errors.Is(err, seal.ErrExposedKeyset) {
				t.Errorf("loading it: %v", err)
			}
		})
	}
}

// Whoever owns the file reads it, whatever the ACL says, and may put another keyset in its place.
func TestAKeysetThatSomebodyElseGivesToThisProcessIsRefusedWithTheRemedy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keyset.json")
	mustCreate(t, path)
	owner := os.Geteuid()
	isRoot := owner == 0
	if isRoot {
		owner = 4711
		mustChown(t, path, owner)
	}
	other := owner + 1
	grant(t, path, []entry{{1, 4, nobody}, {2, 4, uint32(other)}, {4, 0, nobody}, {16, 4, nobody}, {32, 0, nobody}})
	if _, err := seal.LoadKeysetFileAs(other, path); !errors.Is(err, seal.ErrExposedKeyset) || !strings.Contains(err.Error(), "chown root "+path) {
		t.Errorf("by somebody else: %v", err)
	}
	if isRoot { // and can do as it says
		mustChown(t, path, 0)
		if _, err := seal.LoadKeysetFileAs(other, path); err != nil {
			t.Errorf("by root: %v", err)
		}
	}
}

func mustChown(t *testing.T, path string, owner int) {
	t.Helper()
	if err := os.Chown(path, owner, -1); err != nil {
		t.Fatal(err)
	}
}

func grant(t *testing.T, path string, acl []entry) {
	t.Helper()
	if len(acl) == 0 {
		return
	}
	attribute := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range acl {
		attribute = binary.LittleEndian.AppendUint16(attribute, e.tag)
		attribute = binary.LittleEndian.AppendUint16(attribute, e.permissions)
		attribute = binary.LittleEndian.AppendUint32(attribute, e.id)
	}
	if err := unix.Setxattr(path, "system.posix_acl_access", attribute, 0); err != nil {
		t.Fatalf("the file system of %s takes no ACL: %v; set TMPDIR to one that does", path, err)
	}
}
