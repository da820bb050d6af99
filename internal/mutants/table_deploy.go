package main

func init() { mutants = append(mutants, deploy...) }

// deploy are the guards of what an installation hands to the service.
var deploy = []mutant{
	{"keyset: what the group may read is taken for a credential", "service/seal/keyset_file.go", "(others != group || !grantedAlone(user, file))", "others != group", "./service/seal", "Keyset"},
	{"keyset: a credential that may be written is taken", "service/seal/keyset_file.go", "(others != group || !grantedAlone(user, file))", "!grantedAlone(user, file)", "./service/seal", "Keyset"},
	{"keyset: an ACL lets another user in", "service/seal/acl_linux.go", "int(id) == user", "id != ^uint32(0)", "./service/seal", "Keyset"},
	{"proxy: Caddy passes the operator's routes", "deploy/Caddyfile", "not path /v1/tenants /v1/tenants/*", "not path /v1/none", "./deploy", "TestTheProxies.*/^caddy$/inside"},
	{"proxy: Caddy passes what is below the operator's route", "deploy/Caddyfile", " /v1/tenants/*", "", "./deploy", "TestTheProxies.*/^caddy$/inside"},
	{"proxy: Caddy passes the metrics, which are elsewhere", "deploy/Caddyfile", "/docs/* /openapi.yaml", "/docs/* /openapi.yaml /metrics", "./deploy", "TestTheProxies.*/^caddy$/inside"},
	{"proxy: nginx passes the operator's routes", "deploy/nginx.conf", "^/v1/tenants(/|$)", "^/v1/none", "./deploy", "TestTheProxies.*/^nginx$/inside"},
	{"proxy: nginx passes what is below the operator's route", "deploy/nginx.conf", "^/v1/tenants(/|$)", "^/v1/tenants$", "./deploy", "TestTheProxies.*/^nginx$/inside"},
	{"proxy: nginx passes the metrics, which are elsewhere", "deploy/nginx.conf", `docs$|openapi\.yaml$)`, `docs$|metrics$|openapi\.yaml$)`, "./deploy", "TestTheProxies.*/^nginx$/inside"},
	{"proxy: nginx passes the operator's routes below a path", "docs/deployment.md", "^/cs/v1/tenants(/|$)", "^/cs/v1/none", "./deploy", "TestTheProxies.*/path/inside"},
	{"compose: an address of chance may be the proxy's", "deploy/compose.yaml", "          ip_range: 172.30.250.128/25", "", "./deploy", "TestTheAddressThatTheReplicas"},
	{"compose: the gateway may have the proxy's address", "deploy/compose.yaml", "          gateway: 172.30.250.1\n", "", "./deploy", "TestTheAddressThatTheReplicas"},
	{"keyset: somebody else's file is taken for a credential", "service/seal/keyset_file.go", "others != 0 && !ownedByRootOr(user, info)", "others != 0 && !ownedByRootOr(user, info) && false", "./service/seal", "Keyset"},
	{"keyset: an ACL lets a group in", "service/seal/acl_linux.go", "tag == aclMask, permissions == 0:", "tag == aclMask, tag&12 != 0, permissions == 0:", "./service/seal", "Keyset"},
}
