package domain

// Method is how a second factor was proven.
type Method string

// The methods.
const (
	MethodTOTP         Method = "totp"
	MethodPasskey      Method = "passkey"
	MethodRecoveryCode Method = "recovery_code"
	MethodAccessPass   Method = "access_pass"
)

// methodOf returns the method of a factor's kind, if this version evaluates it.
func methodOf(t FactorType) (Method, bool) {
	return Method(t), t == FactorTOTP || t == FactorPasskey
}

// The lanes, as metrics and the audit trail name them.
const (
	LaneCode         = "code"
	LaneRecoveryCode = "recovery_code"
)

// Lanes returns the names of the lanes.
func Lanes() []string { return []string{LaneCode, LaneRecoveryCode} }

// ProofActions returns the actions that take a proof.
func ProofActions() []Action {
	return []Action{ActionEnrollmentConfirmed, ActionVerification, ActionResync, ActionTwoFactorDisabled}
}
