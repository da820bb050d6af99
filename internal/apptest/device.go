package apptest

import (
	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

// Device is an enrolled or imported authenticator of one user.
type Device struct {
	*Authenticator
	UserID        string
	FactorID      string
	URI           string   // otpauth
	RecoveryCodes []string // those that came with the enrollment
	// Token is the step-up token that the confirmation earned, for the
	// tenant's first audience.
	Token string

	tenant *Tenant
}

// Begin begins an enrollment with the tenant's service key.
func (n *Tenant) Begin(userID string, with ...With) *Device {
	n.Helper()
	return n.BeginBy(n.Backend(), userID, M{"type": "totp"}, with...)
}

// BeginBy begins an enrollment by any client, with any body.
func (n *Tenant) BeginBy(c *Client, userID string, body M, with ...With) *Device {
	n.Helper()
	begun := c.Post(Path("/v1/users/%s/factors", userID), body, with...).Want(201)
	return &Device{
		Authenticator: Scan(n, n.Clock, begun.Text("totp.otpauth_uri")),
		UserID:        userID, FactorID: begun.Text("factor_id"), URI: begun.Text("totp.otpauth_uri"), tenant: n,
	}
}

// Confirm confirms a pending device with the tenant's service key.
func (d *Device) Confirm(with ...With) *Device {
	d.tenant.Helper()
	return d.ConfirmBy(d.tenant.Backend(), with...)
}

// ConfirmBy confirms a pending device by any client.
func (d *Device) ConfirmBy(c *Client, with ...With) *Device {
	d.tenant.Helper()
	done := c.Post(d.Path("confirm"), M{"codes": d.Pair()}, with...).Want(200)
	d.Token = done.Text("step_up_token")
	d.RecoveryCodes = done.Texts("recovery_codes")
	return d
}

// Enroll creates a device and confirms it.
func (n *Tenant) Enroll(userID string, with ...With) *Device {
	n.Helper()
	return n.Begin(userID, with...).Confirm()
}

// Import gives a user who is there an active factor that was enrolled elsewhere: it is not
// proven yet, and came without recovery codes.
func (n *Tenant) Import(userID string, d factortest.Device) *Device {
	n.Helper()
	key := domain.UserKey{TenantID: n.ID, UserID: userID}
	id, err := factortest.Add(n.Context(), n.Store, n.Sealer, key, d, n.Clock.Now())
	n.OK(err)
	return &Device{Authenticator: &Authenticator{device: d, clock: n.Clock}, UserID: userID, FactorID: id, tenant: n}
}

// Path is the path of an operation on the device: "", "qr", "confirm", "resync".
func (d *Device) Path(operation string) string {
	path := Path("/v1/users/%s/factors/%s", d.UserID, d.FactorID)
	if operation != "" {
		path += "/" + operation
	}
	return path
}

// Verify proves a fresh code for an audience, "" for the default, and returns
// the step-up token.
func (d *Device) Verify(audience string) string {
	d.tenant.Helper()
	body := M{"code": d.Fresh()}
	if audience != "" {
		body["audience"] = audience
	}
	return d.tenant.Backend().Post(Path("/v1/users/%s/verify", d.UserID), body).Want(200).Text("step_up_token")
}

// StepUp proves a fresh code for Countersign's own routes.
func (d *Device) StepUp() string {
	d.tenant.Helper()
	return d.Verify(domain.OwnAudience)
}
