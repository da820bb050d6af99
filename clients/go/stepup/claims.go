package stepup

import (
	"slices"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

const (
	// Leeway is how far the host's clock may be behind the service's where a
	// token begins. Its end is exact.
	Leeway = 5 * time.Second

	// longestLife is the most that the service gives a token.
	longestLife = 300 * time.Second
)

// rule is one claim, whether it holds, and what to say of it where it does not.
type rule struct {
	claim string
	holds bool
	why   explanation
}

type rules []rule

// broken explains the first claim that does not hold, or is empty.
func (r rules) broken() string {
	first := slices.IndexFunc(r, func(r rule) bool { return !r.holds })
	if first < 0 {
		return ""
	}
	return r[first].claim + " " + r[first].why()
}

// broken explains the first claim for which no host may believe the token. The
// order of times comes before their difference, which then cannot overflow.
func (v *Verifier) broken(c countersign.StepUpClaims, now time.Time) string {
	begun := func(at int64) bool { return at > 0 && at <= now.Add(Leeway).Unix() }
	return rules{
		{"iss", c.Iss == v.issuer, differs(c.Iss, v.issuer, "set Issuer to the service's COUNTERSIGN_ISSUER, and Tenant to the tenant of the service key")},
		{"tid", c.Tid == v.tenant, differs(c.Tid, v.tenant, "set Tenant to the tenant of the service key")},
		{"aud", c.Aud == v.audience, differs(c.Aud, v.audience, "set Audience to the one that the token is asked for, or ask for this one")},
		{"sub", c.Sub != "", missing},
		{"client_id", c.ClientID != "", missing},
		{"jti", c.Jti != "", missing},
		{"iat", begun(c.Iat), yetToCome(c.Iat, now)},
		{"nbf", begun(c.Nbf), yetToCome(c.Nbf, now)},
		{"auth_time", begun(c.AuthTime), yetToCome(c.AuthTime, now)},
		{"exp", now.Before(time.Unix(c.Exp, 0)) && c.Exp > c.Iat && c.Exp > c.Nbf && c.Exp-c.Iat <= int64(longestLife/time.Second), over(c.Exp, now)},
		{"acr, amr and method", assured(c), contradicts(c)},
	}.broken()
}

// What was proven, as acr states it.
const (
	// ACRTwoFactors is a code of an app, on top of a first factor that the host
	// stated.
	ACRTwoFactors = "urn:countersign:acr:aal2"
	// ACRSecondFactor is a code of an app, alone.
	ACRSecondFactor = "urn:countersign:acr:second-factor"
	// ACRRecovery is a recovery code or an access pass.
	ACRRecovery = "urn:countersign:acr:recovery"
	// ACRPhishingResistant is a passkey (OpenID Connect Extended Authentication
	// Profile ACR Values 1.0). It serves wherever ACRTwoFactors does. That it came on
	// top of a first factor is in amr, as "mfa".
	ACRPhishingResistant = "phr"
)

// assured reports whether acr, amr and method say the same. The amr of a code
// is the host's first factor, "otp" and "mfa", or "otp" alone; that of a passkey
// has "pop" instead, and "user" where its user was verified; a recovery code and
// an access pass have no value in RFC 8176, and their amr may be empty, but is there.
func assured(c countersign.StepUpClaims) bool {
	if c.Acr == ACRPhishingResistant {
		return c.Method == countersign.MethodPasskey && ofPasskey(c.Amr)
	}
	first := firstFactor(c.Amr)
	code, recovery := c.Method == countersign.MethodTotp, c.Method == countersign.MethodRecoveryCode || c.Method == countersign.MethodAccessPass
	switch c.Acr {
	case ACRTwoFactors:
		return code && len(first) > 0 && slices.Equal(c.Amr[len(first):], []string{"otp", "mfa"})
	case ACRSecondFactor:
		return code && slices.Equal(c.Amr, []string{"otp"})
	case ACRRecovery:
		alone := c.Amr != nil && len(c.Amr) == 0
		return recovery && (alone || len(first) > 0 && slices.Equal(c.Amr[len(first):], []string{"mfa"}))
	}
	return false
}

// ofPasskey reports whether an amr is a passkey's. It is read from its end: "pop" and
// "user" are names of first factors too.
func ofPasskey(amr []string) bool {
	first, hasFirst := cutEnd(amr, "mfa")
	if rest, verified := cutEnd(first, "pop", "user"); verified {
		first = rest
	} else if rest, used := cutEnd(first, "pop"); used {
		first = rest
	} else {
		return false
	}
	return hasFirst == (len(first) > 0) && !slices.ContainsFunc(first, isOwn)
}

func cutEnd(amr []string, end ...string) (before []string, found bool) {
	at := len(amr) - len(end)
	if at < 0 || !slices.Equal(amr[at:], end) {
		return amr, false
	}
	return amr[:at], true
}

// firstFactor is what of amr comes before the service's own values.
func firstFactor(amr []string) []string {
	end := slices.IndexFunc(amr, isOwn)
	if end < 0 {
		return nil
	}
	return amr[:end]
}

// isOwn reports whether a value of amr states no first factor.
func isOwn(value string) bool { return value == "" || value == "otp" || value == "mfa" }
