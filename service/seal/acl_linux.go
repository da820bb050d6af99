package seal

import (
	"encoding/binary"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The form in which Linux tells a POSIX ACL, linux/posix_acl_xattr.h: a version, then entries of a tag,
// permissions and an id, little-endian.
const (
	aclAttribute = "system.posix_acl_access"
	aclVersion   = 2
	aclHeader    = 4
	aclEntry     = 8

	aclOwner = 0x01
	aclUser  = 0x02
	aclMask  = 0x10
)

// grantedAlone reports a file whose ACL lets its owner in, and beside it this user alone. So systemd hands over a
// credential: the file is root's, and what its mode shows as the group's is the mask of the ACL.
func grantedAlone(user int, file *os.File) bool {
	acl := make([]byte, 1<<10)
	n, err := unix.Fgetxattr(int(file.Fd()), aclAttribute, acl)
	if err != nil || n < aclHeader || (n-aclHeader)%aclEntry != 0 || binary.LittleEndian.Uint32(acl) != aclVersion {
		return false
	}
	for entry := acl[aclHeader:n]; len(entry) > 0; entry = entry[aclEntry:] {
		permissions, id := binary.LittleEndian.Uint16(entry[2:]), binary.LittleEndian.Uint32(entry[4:])
		switch tag := binary.LittleEndian.Uint16(entry); {
		case tag == aclOwner, tag == aclMask, permissions == 0:
		case tag == aclUser && int(id) == user:
		default: // another user, a group, or everybody
			return false
		}
	}
	return true
}

// ownedByRootOr tells a credential from a file that somebody else gives to this user: its owner could read the
// keyset, or put another one in its place.
func ownedByRootOr(user int, info fs.FileInfo) bool {
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && (stat.Uid == 0 || int(stat.Uid) == user)
}
