package countersign

import (
	"fmt"
	"io"
	"log/slog"
)

// What holds a secret, a code or a token says what it is when it is printed or
// logged, and no more. Its JSON is whole: that is how it reaches a browser.

const redacted = "[redacted]"

func write(f fmt.State, text string) { _, _ = io.WriteString(f, text) }

func (d Decision) summary() string { return fmt.Sprintf("[%v, %s]", d.Outcome, d.Reason) }

func (r DecisionRequest) summary() string { return fmt.Sprintf("[decision on %s]", r.UserID) }

func (i IssuedBrowser) summary() string { return fmt.Sprintf("[browser %s]", i.BrowserID) }

func (v Verification) summary() string { return fmt.Sprintf("[proven by %s]", v.Method) }

func (g GivenAccessPass) summary() string {
	return fmt.Sprintf("[an access pass until %v]", g.ExpiresAt)
}

func (e Enrollment) summary() string { return fmt.Sprintf("[factor %s, %s]", e.FactorID, e.State) }

func (c Confirmation) summary() string { return fmt.Sprintf("[factor %s, confirmed]", c.FactorID) }

func (r Resync) summary() string { return fmt.Sprintf("[drift of %d steps]", r.DriftSteps) }

func (t TenantCreated) summary() string { return fmt.Sprintf("[tenant %s, key %s]", t.Tenant, t.KeyID) }

func (k ServiceKeyCreated) summary() string {
	return fmt.Sprintf("[service key %s of %s]", k.KeyID, k.Tenant)
}

func (l FactorLine) summary() string { return fmt.Sprintf("[factor of %s]", l.UserID) }

// Format writes outcome and reason, and not the ticket.
func (d Decision) Format(f fmt.State, _ rune) { write(f, d.summary()) }

// LogValue is what Format writes.
func (d Decision) LogValue() slog.Value { return slog.StringValue(d.summary()) }

// Format writes the user, and not the secret of the browser.
func (r DecisionRequest) Format(f fmt.State, _ rune) { write(f, r.summary()) }

// LogValue is what Format writes.
func (r DecisionRequest) LogValue() slog.Value { return slog.StringValue(r.summary()) }

// Format writes a placeholder.
func (BrowserSecret) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (BrowserSecret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes the browser, and not its secret.
func (i IssuedBrowser) Format(f fmt.State, _ rune) { write(f, i.summary()) }

// LogValue is what Format writes.
func (i IssuedBrowser) LogValue() slog.Value { return slog.StringValue(i.summary()) }

// Format writes a placeholder.
func (Ticket) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (Ticket) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes the method, and not the token.
func (v Verification) Format(f fmt.State, _ rune) { write(f, v.summary()) }

// LogValue is what Format writes.
func (v Verification) LogValue() slog.Value { return slog.StringValue(v.summary()) }

// Format writes how long it is good, and not the pass.
func (g GivenAccessPass) Format(f fmt.State, _ rune) { write(f, g.summary()) }

// LogValue is what Format writes.
func (g GivenAccessPass) LogValue() slog.Value { return slog.StringValue(g.summary()) }

// Format writes the factor, and not its secret.
func (e Enrollment) Format(f fmt.State, _ rune) { write(f, e.summary()) }

// LogValue is what Format writes.
func (e Enrollment) LogValue() slog.Value { return slog.StringValue(e.summary()) }

// Format writes a placeholder.
func (TOTPEnrollment) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (TOTPEnrollment) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes the factor, and neither recovery codes nor the token.
func (c Confirmation) Format(f fmt.State, _ rune) { write(f, c.summary()) }

// LogValue is what Format writes.
func (c Confirmation) LogValue() slog.Value { return slog.StringValue(c.summary()) }

// Format writes the drift, and not the token.
func (r Resync) Format(f fmt.State, _ rune) { write(f, r.summary()) }

// LogValue is what Format writes.
func (r Resync) LogValue() slog.Value { return slog.StringValue(r.summary()) }

// Format writes a placeholder.
func (SandboxCode) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (SandboxCode) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (VerifyRequest) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (VerifyRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (ConfirmRequest) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (ConfirmRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (ResyncRequest) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (ResyncRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (DisableRequest) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (DisableRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (PasskeyEnrollment) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (PasskeyEnrollment) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (PasskeyRegistration) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (PasskeyRegistration) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (PasskeyOptions) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (PasskeyOptions) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (VerifyOptions) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (VerifyOptions) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (PasskeyAssertion) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (PasskeyAssertion) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (SandboxPasskeyRequest) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (SandboxPasskeyRequest) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes a placeholder.
func (SandboxPasskey) Format(f fmt.State, _ rune) { write(f, redacted) }

// LogValue is a placeholder.
func (SandboxPasskey) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format writes the user, and not the secret.
func (l FactorLine) Format(f fmt.State, _ rune) { write(f, l.summary()) }

// LogValue is what Format writes.
func (l FactorLine) LogValue() slog.Value { return slog.StringValue(l.summary()) }

// Format writes the tenant, and not its key.
func (t TenantCreated) Format(f fmt.State, _ rune) { write(f, t.summary()) }

// LogValue is what Format writes.
func (t TenantCreated) LogValue() slog.Value { return slog.StringValue(t.summary()) }

// Format writes the key's id, and not its text.
func (k ServiceKeyCreated) Format(f fmt.State, _ rune) { write(f, k.summary()) }

// LogValue is what Format writes.
func (k ServiceKeyCreated) LogValue() slog.Value { return slog.StringValue(k.summary()) }
