package main

func init() { mutants = append(mutants, passkeys...) }

// passkeys are the guards of a proof by passkey.
var passkeys = []mutant{
	{"passkey: the challenge is not compared", "service/passkey/relying_party.go", "case c.Type != ceremony || c.Challenge != protocol.URLEncodedBase64(challenge).String():", "case c.Type != ceremony:", "./service", "WrongAssertion"},
	{"passkey: a frame may ask", "service/passkey/relying_party.go", "case c.CrossOrigin || c.TopOrigin != \"\":", "case false:", "./service/passkey", "EveryFault|Vectors"},
	{"passkey: any page may ask", "service/passkey/relying_party.go", "case !slices.Contains(origins, c.Origin):", "case !slices.Contains(origins, c.Origin) && false:", "./service", "WrongAssertion"},
	{"passkey: the page that asked for options is not the one that answers", "service/passkey/ceremony.go", "		return []string{c.Origin}\n", "		return t.Origins\n", "./service/passkey", "ThePageThatAsked"},
	{"passkey: nobody was there", "service/passkey/relying_party.go", "return flags.HasUserPresent() &&\n", "return flags >= 0 &&\n", "./service", "WrongAssertion"},
	{"passkey: the user is not verified", "service/passkey/relying_party.go", "(verification != domain.UserVerificationRequired || flags.HasUserVerified())", "(verification != \"\" || flags.HasUserVerified())", "./service", "WantTheUserVerified"},
	{"passkey: it becomes eligible for backup", "service/passkey/assertion.go", "		data.Flags.HasBackupEligible() != protocol.AuthenticatorFlags(stored.Flags).HasBackupEligible():", "		false:", "./service", "WrongAssertion"},
	{"passkey: that of another relying party", "service/passkey/relying_party.go", "	return bytes.Equal(data.RPIDHash, hash[:])\n", "	return len(hash) > 0 || bytes.Equal(nil, nil)\n", "./service", "WrongAssertion|RelyingPartyIDOfToday"},
	{"passkey: a tenant's former relying party id", "service/passkey/assertion.go", "r.Tenant.RPID != asked.RPID || ", "", "./service/passkey", "RelyingPartyIDOfToday"},
	{"passkey: the sequence is not compared", "service/passkey/ceremony.go", "case c.Sequence <= lastSequence(r.User):", "case c.Sequence < 0:", "./service", "SucceedsOnce|Sequence"},
	{"passkey: the sequence is not spent", "service/passkey/assertion.go", "		f.Passkey.LastSequence = asked.Sequence\n", "", "./service", "SucceedsOnce"},
	{"passkey: a challenge is spent for one passkey of several", "service/passkey/ceremony.go", "		last = max(last, f.Passkey.LastSequence)\n", "		_ = f\n		last = max(last, u.Factors[0].Passkey.LastSequence)\n", "./service", "OnceForAllOfThem"},
	{"passkey: the sequence follows the clock back", "service/passkey/ceremony.go", "Sequence: max(r.Now.UnixMilli(), lastSequence(r.User)+1),", "Sequence: r.Now.UnixMilli(),", "./service", "LaterInSequence"},
	{"passkey: a state has no end", "service/passkey/ceremony.go", "case !r.Now.Before(c.ExpiresAt):", "case false:", "./service", "AskedFor"},
	{"passkey: a state outlives the generation", "service/passkey/ceremony.go", "case c.Generation != r.User.Generation:", "case false:", "./service", "AskedFor"},
	{"passkey: a state is good for another purpose", "service/passkey/ceremony.go", "case c.Purpose != r.Purpose:", "case false:", "./service", "AskedFor"},
	{"passkey: a counter that stands still is not told", "service/passkey/assertion.go", "	if used.Authenticator.CloneWarning {", "	if false {", "./service", "DoesNotRise"},
	{"passkey: a dead key is registered", "service/passkey/registration.go", " || !usable(attested.AuthData.AttData.CredentialPublicKey):", ":", "./service/passkey", "EveryFault"},
	{"passkey: a key that is dear to verify is registered", "service/passkey/public_key.go", " && bits <= longestRSA && bytes.Equal(key.Exponent, exponentRSA)", " && len(exponentRSA) > 0 && longestRSA > 0 && !bytes.Equal(nil, exponentRSA)", "./service/passkey", "DearToVerify"},
	{"passkey: a manufacturer's statement is verified", "service/passkey/registration.go", "a.Format == \"packed\" && !vouched", "a.Format != \"\" || vouched", "./service/passkey", "Vectors"},
	{"passkey: a policy is for those who ask later", "service/passkey/relying_party.go", "	if now == domain.UserVerificationRequired {\n		return now\n", "	if now == \"\" {\n		return now\n", "./service/passkey", "AtOnce"},
	{"passkey: a pending one is shown as it was begun", "service/passkey/kind.go", "	pending.UserVerification = stricter(pending.UserVerification, r.Tenant.Policy.UserVerification)\n", "", "./service/passkey", "AsksForNow"},
	{"passkey: the same credential twice", "service/passkey/registration.go", "		return wrong(whyDuplicate), nil\n", "		_ = whyDuplicate\n", "./service/passkey", "NotRegisteredTwice"},
	{"passkey: a row with another's record opens", "service/passkey/record.go", "r.Secrets.Open(seal.PurposePasskey, f.ID, f.Passkey.Record)", "r.Secrets.Open(seal.PurposePasskey, r.User.Factors[0].ID, f.Passkey.Record)", "./service/passkey", "ItsFactorAlone"},
	{"passkey: a wrong one charges the lane", "service/passkey/assertion.go", "func (AssertionClaim) Charges() bool { return false }", "func (AssertionClaim) Charges() bool { return true }", "./service", "WrongAssertion"},
	{"passkey: the user handle is the host's id", "service/passkey/record.go", "	return random(32), nil\n", "	return []byte(r.User.ID), nil\n", "./service/passkey", "HandleSaysNothing"},
	{"passkey: without an rp id", "service/passkey/kind.go", "if !t.TakesPasskeys() {", "if len(t.Origins) > 99 {", "./service", "NeedARelyingPartyID"},
	{"passkey: the enrollment of another kind is shown again", "service/enrollment.go", "p.Pending.BegunBy == d.Caller.Starter() && p.Type == in.Type &&", "p.Pending.BegunBy == d.Caller.Starter() &&", "./service", "RandomWalkKeeps"},
	{"passkey: a pending one is among the options", "service/passkey/record.go", "for _, f := range r.User.ActiveFactors() {", "for _, f := range r.User.Factors {", "./service", "RandomWalkKeeps"},
	{"passkey: what confirms is of another kind", "service/confirm.go", "	if d.User.Factor(factorID).Type != claim.Type() {", "	if false {", "./api", "NoQRCode"},
	{"passkey: one that does not wait clears no wait", "service/proof/factor.go", "	if !f.confirms {\n		d.User.ClearByCode()", "	if !f.confirms && f.claim.Charges() {\n		d.User.ClearByCode()", "./service", "EndsTheWait|RandomWalkKeeps"},
}
