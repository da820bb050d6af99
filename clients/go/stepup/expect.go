package stepup

import (
	"slices"
	"strconv"
	"strings"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

// DefaultMaxAge is how old a proof may be unless Expect says otherwise. No token
// lives longer.
const DefaultMaxAge = longestLife

// Expect is what the host knows before it looks at a token. UserID, SessionID,
// Nonce and Action are compared exactly: a token that states a session, a nonce
// or an action is refused where none is expected, and the other way round.
type Expect struct {
	// UserID is whose session this is. Empty matches nobody.
	UserID string
	// SessionID, Nonce and Action are what the host gave when it asked for the
	// decision, the ticket or the verification.
	SessionID, Nonce, Action string
	// ACR is which assurance will do, any of these; empty: ACRTwoFactors. With
	// ACRTwoFactors among them a passkey will do too; ACRPhishingResistant alone
	// takes nothing else. A login by recovery code needs ACRRecovery among them.
	ACR []string
	// MaxAge is how long ago the proof may be; 0: DefaultMaxAge.
	MaxAge time.Duration
}

func (e Expect) acr() []string {
	if len(e.ACR) == 0 {
		return []string{ACRTwoFactors}
	}
	return e.ACR
}

// accepts reports whether an assurance will do. A passkey is more than a code.
func (e Expect) accepts(acr string) bool {
	return slices.Contains(e.acr(), acr) || acr == ACRPhishingResistant && slices.Contains(e.acr(), ACRTwoFactors)
}

func (e Expect) maxAge() time.Duration {
	if e.MaxAge == 0 {
		return DefaultMaxAge
	}
	return e.MaxAge
}

// missed explains the first claim that is not what was expected, or is empty.
func (e Expect) missed(c countersign.StepUpClaims, now time.Time) string {
	return rules{
		{"sub", c.Sub == e.UserID, another(c.Sub, e.UserID, "UserID", "the decision")}, // never empty in a token that is valid
		{"session_id", c.SessionID == e.SessionID, another(c.SessionID, e.SessionID, "SessionID", "the decision or the ticket")},
		{"nonce", c.Nonce == e.Nonce, another(c.Nonce, e.Nonce, "Nonce", "verify")},
		{"action", c.Action == e.Action, differs(c.Action, e.Action, "give the decision, or verify, and Expect the same Action")},
		{"acr", e.accepts(c.Acr), differs(c.Acr, strings.Join(e.acr(), " or "), "name it in ACR of Expect where it will do")},
		{"auth_time", now.Sub(time.Unix(c.AuthTime, 0)) <= e.maxAge(), tooOld(c.AuthTime, now, e.maxAge())},
	}.broken()
}

// challenge is the WWW-Authenticate that asks for such a token (RFC 9470,
// section 3), the most wanted acr first. It names none that is not one: those are
// the host's to spell, and would go into a header as they are.
func (e Expect) challenge() string {
	var values []string
	for _, acr := range []string{ACRPhishingResistant, ACRTwoFactors, ACRSecondFactor, ACRRecovery} {
		if slices.Contains(e.acr(), acr) {
			values = append(values, acr)
		}
	}
	text := `Bearer error="insufficient_user_authentication", error_description="A fresh proof of the second factor is required"`
	if len(values) > 0 {
		text += `, acr_values="` + strings.Join(values, " ") + `"`
	}
	return text + ", max_age=" + strconv.Itoa(int(max(0, e.maxAge())/time.Second))
}
