package main

func init() { mutants = append(mutants, rpID...) }

// rpID are the guards of what a tenant says of passkeys.
var rpID = []mutant{
	{"rp id: an address", "service/operator/rp_id.go", "	case notAddress == nil || numericHost.MatchString(host):", "	case notAddress == nil && false:", "./service/operator", "IsNoRPID"},
	{"rp id: a public suffix", "service/operator/rp_id.go", "	case isPublicSuffix(host):", "	case isPublicSuffix(host) && false:", "./service/operator", "IsNoRPID"},
	{"rp id: a public suffix of a private owner", "service/operator/rp_id.go", "(listed || strings.Contains(host, \".\"))", "listed", "./service/operator", "IsNoRPID"},
	{"rp id: localhost is a public suffix", "service/operator/rp_id.go", "(listed || strings.Contains(host, \".\"))", "(listed || suffix != \"\")", "./service/operator", "AuthenticatorsSignIt"},
	{"rp id: a port", "service/operator/rp_id.go", "strings.ContainsAny(text, `:/", "strings.ContainsAny(text, `/", "./service/operator", "IsNoRPID"},
	{"rp id: a dot at its end", "service/operator/rp_id.go", "	case strings.HasSuffix(host, \".\"):", "	case strings.HasSuffix(host, \"..\"):", "./service/operator", "IsNoRPID"},
	{"rp id: an underscore", "service/operator/rp_id.go", "`^[a-z0-9-]+(\\.[a-z0-9-]+)*$`", "`^[a-z0-9_-]+(\\.[a-z0-9_-]+)*$`", "./service/operator", "IsNoRPID"},
	{"rp id: it is stored as typed", "service/operator/rp_id.go", "	return host, nil\n", "	return text, nil\n", "./service/operator", "AuthenticatorsSignIt"},
	{"rp id: an origin that only ends like it", "service/operator/rp_id.go", "strings.HasSuffix(host, \".\"+rpID)", "strings.HasSuffix(host, rpID)", "./service/operator", "AtTheRPID"},
	{"rp id: inside of an origin's public suffix", "service/operator/rp_id.go", " && len(rpID) > len(suffix)", " && len(suffix) > 0", "./service/operator", "AtTheRPID"},
	{"rp id: origins outside of it, at first", "service/operator/tenant.go", "err != nil && !in.RelatedOrigins {", "err != nil && false {", "./service", "WhicheverIsChanged"},
	{"rp id: origins outside of it, later", "service/operator/tenant_update.go", "	if !in.RelatedOrigins {", "	if false {", "./service", "WhicheverIsChanged"},
	{"rp id: another, with origins outside of it", "service/operator/tenant_update.go", "	if next.RPID == former.RPID {", "	if former.ID == next.ID {", "./service", "WhicheverIsChanged"},
	{"rp id: passkeys stop unasked", "service/operator/passkeys_stop.go", "count > 0 && !u.in.StopPasskeys", "count > 0 && false", "./service", "PasskeysStop"},
	{"rp id: what another operator did is not judged", "service/operator/tenant_update.go", "	stopped, err := u.stoppedPasskeys(former, next)\n", "	stopped, err := 0, error(nil)\n	if u.passkeys[\"\"]++; u.passkeys[\"\"] == 1 {\n		stopped, err = u.stoppedPasskeys(former, next)\n	}\n", "./service", "WrittenOver"},
	{"rp id: passkeys of one page are counted", "service/operator/passkeys_stop.go", "		if len(users) < pageOfUsers {", "		if len(users) <= pageOfUsers {", "./service", "PasskeysStop"},
	{"rp id: unfinished passkeys are counted", "service/domain/factor.go", "f.Type == FactorPasskey && f.State == FactorActive", "f.Type == FactorPasskey", "./service", "PasskeysStop"},
	{"rp id: it is not stored", "repository/row/tenant.go", "Origins: origins, RPID: t.RPID, Audiences", "Origins: origins, Audiences", "./repository", "KeepsTheContract/tenant"},
	{"development: this machine is called by its address", "cmd/countersign/config_serve.go", "development && isLocalhost(ip)", "development && ip.IsUnspecified()", "./cmd/countersign", "IssuerWithout"},
	{"development: no passkeys", "cmd/countersign/dev.go", "		in.RPID, in.Origins = demoRPID, []string{url}\n", "", "./cmd/countersign", "WhereBrowsersAllow"},
	{"policy: any user verification", "service/domain/policy.go", "	case p.UserVerification != UserVerificationDiscouraged &&", "	case false && p.UserVerification != UserVerificationDiscouraged &&", "./service/domain", "EitherRequires"},
	{"policy: user verification is not in the audit trail", "service/policy/policy.go", "	details[\"passkey_user_verification\"] = string(p.UserVerification)\n", "", "./api", "NeedNoPIN"},
}
