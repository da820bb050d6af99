package main

func init() { mutants = append(mutants, softAuthenticator...) }

// softAuthenticator are the guards of a sandbox's passkeys.
var softAuthenticator = []mutant{
	{"authenticator: one scope for all users", "service/authenticator/authenticator.go", `"scope "+scope`, `"scope "+scope[:0]`, "./service/authenticator", "IsOfOneSecret"},
	{"authenticator: one secret for all", "service/authenticator/authenticator.go", "hkdf.Key(sha256.New, secret, nil,", "hkdf.Key(sha256.New, make([]byte, len(secret)), nil,", "./service/authenticator", "IsOfOneSecret"},
	{"authenticator: a credential is for any relying party", "service/authenticator/credential.go", "userHandle, err = aead.Open(nil, nil, c.ID, []byte(rpID))", "userHandle, err = aead.Open(nil, nil, c.ID, []byte(\"example.com\"))", "./service/authenticator", "IsOfOneSecret"},
	{"authenticator: any type of credential is its own", "service/authenticator/credential.go", " && c.Type == publicKey", "", "./service/authenticator", "IsOfOneSecret"},
	{"authenticator: what is excluded is registered again", "service/authenticator/authenticator.go", "o.ExcludeCredentials); found {", "o.ExcludeCredentials); false && found {", "./service/authenticator", "NotRegisteredAgain"},
	{"authenticator: a relying party without ES256 gets one", "service/authenticator/options.go", "case !o.takesES256():", "case false:", "./service/authenticator", "NameTheRemedy"},
	{"authenticator: a resident key is promised", "service/authenticator/options.go", "case o.AuthenticatorSelection.residentKey():", "case false:", "./service/authenticator", "NameTheRemedy"},
	{"authenticator: the user is verified although that is discouraged", "service/authenticator/options.go", `v.UserVerification == "discouraged"`, `v.UserVerification == "never"`, "./service/authenticator", "UnlessThatIsDiscouraged"},
	{"authenticator: padded base64 is read", "service/authenticator/internal/response/response.go", "base64.RawURLEncoding.Strict().AppendDecode(nil, text)", "base64.URLEncoding.AppendDecode(nil, text)", "./service/authenticator", "NameTheRemedy"},
	{"authenticator: coordinates lose their leading zeros", "service/authenticator/internal/response/key.go", "key = cborBytes(cborInt(key, x), point[1:1+size])", "key = cborBytes(cborInt(key, x), point[2-min(point[1], 1):1+size])", "./service/authenticator", "HundredsOfCredentials"},
	{"authenticator: it prints its key", "service/authenticator/authenticator.go", "_, _ = io.WriteString(f, redacted)", "_, _ = io.WriteString(f, redacted+string(a.key))", "./service/authenticator", "PrintsNoKey"},
}
