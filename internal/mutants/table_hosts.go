package main

func init() { mutants = append(mutants, hosts...) }

// hosts are the guards of the hosts in other languages, and of what a verifier says of a token it refuses.
var hosts = []mutant{
	{"host in Python: any algorithm", "examples/python/host.py", `(header["alg"], header["typ"]) != ("ES256", "step-up+jwt")`, `header["typ"] != "step-up+jwt"`, "./examples", "TestHosts.*/python/forged"},
	{"host in Python: a header names further keys", "examples/python/host.py", `header.keys() != {"alg", "typ", "kid"} or `, ``, "./examples", "TestHosts.*/python/forged"},
	{"host in Python: the signature is not checked", "examples/python/host.py", `            key.verify(`, `            (`, "./examples", "TestHosts.*/python/forged"},
	{"host in Python: another spelling of base64", "examples/python/host.py", `decode() != text:`, `decode() == "":`, "./examples", "TestHosts.*/python/forged"},
	{"host in Python: another audience", "examples/python/host.py", `c.get("aud") == self.audience`, `True`, "./examples", "TestHosts.*/python/wrong"},
	{"host in Python: another session", "examples/python/host.py", `c.get("session_id") == session_id`, `True`, "./examples", "TestHosts.*/python/a_proof"},
	{"host in Python: another user", "examples/python/host.py", `c["sub"] == user_id`, `True`, "./examples", "TestHosts.*/python/a_proof"},
	{"host in Python: an unknown key fetches each time", "examples/python/host.py", `if not (self.within(self.loaded, self.FRESH) and kid in self.known) and self.due():`, `if kid not in self.known:`, "./examples", "TestHosts.*/python/unknown"},
	{"host in Python: neither header will do", "examples/python/host.py", `self.headers.get("Origin") == self.app.origin`, `self.headers.get("Origin") in (None, self.app.origin)`, "./examples", "TestHosts.*/python/both"},
	{"host in Python: whatever is decided opens the session", "examples/python/host.py", `if outcome == "allow":`, `if outcome != "deny" and not ticket:`, "./examples", "TestHosts.*/python/nothing"},
	{"host in Python: the cookie stays", "examples/python/host.py", `self.all.pop(cookie, None) is pending`, `self.all.get(cookie) is pending`, "./examples", "TestHosts.*/python/a_login"},
	{"host in Java: any algorithm", "examples/java/Host.java", `&& "ES256".equals(text(header, "alg")) `, ``, "./examples", "TestHosts.*/java/forged"},
	{"host in Java: a header names further keys", "examples/java/Host.java", `header.size() == 3 && `, ``, "./examples", "TestHosts.*/java/forged"},
	{"host in Java: the signature is not checked", "examples/java/Host.java", `return check.verify(signature);`, `return true;`, "./examples", "TestHosts.*/java/forged"},
	{"host in Java: another audience", "examples/java/Host.java", `expect("aud", text(c, "aud"), audience);`, ``, "./examples", "TestHosts.*/java/wrong"},
	{"host in Java: another session", "examples/java/Host.java", `sessionId.equals(text(c, "session_id"))`, `true`, "./examples", "TestHosts.*/java/a_proof"},
	{"host in Java: a sandbox is trusted", "examples/java/Host.java", `given.containsKey("sandbox") ? "jwks-sandbox" : "jwks"`, `"jwks-sandbox"`, "./examples", "TestHosts.*/java/sandboxes"},
	{"host in Java: neither header will do", "examples/java/Host.java", `app.origin().equals(exchange.getRequestHeaders().getFirst("Origin"))`, `!exchange.getRequestHeaders().containsKey("Origin") || app.origin().equals(exchange.getRequestHeaders().getFirst("Origin"))`, "./examples", "TestHosts.*/java/both"},
	{"host in Java: whatever is decided opens the session", "examples/java/Host.java", `if ("allow".equals(outcome)) {`, `if (!"deny".equals(outcome) && ticket == null) {`, "./examples", "TestHosts.*/java/nothing"},
	{"host in Java: the cookie stays", "examples/java/Host.java", `return all.remove(cookie, pending) ?`, `return pending.equals(all.get(cookie)) ?`, "./examples", "TestHosts.*/java/a_login"},
	{"refusal: a key of the other kind of tenant is believed", "clients/go/stepup/token.go", "		return nil, v.otherKind\n", "		return v.others.find(ctx, kid)\n", "./clients/go/stepup", "SandboxVerifiersAlone"},
	{"refusal: to explain it fetches each second", "clients/go/stepup/verifier.go", "	v.others.without = FetchEvery\n", "", "./clients/go/stepup", "OtherKindAreAskedFor"},
	{"refusal: a person is quoted", "clients/go/stepup/expect.go", `another(c.Sub, e.UserID, "UserID", "the decision")`, `differs(c.Sub, e.UserID, "UserID")`, "./clients/go/stepup", "QuoteNoPerson"},
}
