package main

func init() { mutants = append(mutants, deploy...) }

// deploy are the guards of what an installation hands to the service.
var deploy = []mutant{
	{"keyset: what the group may read is taken for a credential", "service/seal/keyset_file.go", "(others != group || !grantedToUsAlone(file))", "others != group", "./service/seal", "Keyset"},
	{"keyset: a credential that may be written is taken", "service/seal/keyset_file.go", "(others != group || !grantedToUsAlone(file))", "!grantedToUsAlone(file)", "./service/seal", "Keyset"},
	{"keyset: an ACL lets another user in", "service/seal/acl_linux.go", "id == uint32(os.Geteuid())", "id != ^uint32(0)", "./service/seal", "Keyset"},
	{"keyset: an ACL lets a group in", "service/seal/acl_linux.go", "tag == aclMask, permissions == 0:", "tag == aclMask, tag&12 != 0, permissions == 0:", "./service/seal", "Keyset"},
}
