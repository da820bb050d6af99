package service_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
	"github.com/countersign/countersign/service/domain"
)

// walkDevice is what holds a factor of the walk: an app, or an authenticator with
// one passkey.
type walkDevice struct {
	device
	soft       *authenticator.Authenticator // nil: an app
	options    json.RawMessage              // that the passkey is made from
	credential string                       // its id, once it is registered
}

func (d *walkDevice) passkey() bool { return d.soft != nil }

func (d *walkDevice) kind() domain.FactorType {
	if d.passkey() {
		return domain.FactorPasskey
	}
	return domain.FactorTOTP
}

// newDevice makes a device; each passkey has an authenticator of its own.
func (w *walker) newDevice(id string, kind domain.FactorType) *walkDevice {
	d := &walkDevice{device: device{w: w.kit, userID: id, shows: factortest.Plain()}}
	if kind == domain.FactorPasskey {
		w.made = append(w.made, d)
		d.soft = authenticator.New([32]byte{1, 2, 3}, fmt.Sprintf("%s/%s/%d", w.tenant, id, len(w.made)))
	}
	return d
}

// walkPages are the tenant's.
var walkPages = []string{webOrigin, "https://app.acme.example"}

// get uses the passkey on a page, whatever credentials the options allow.
func (d *walkDevice) get(rt *rapid.T, options json.RawMessage, page string, faults ...authenticatortest.Fault) json.RawMessage {
	rt.Helper()
	var request map[string]any
	err := json.Unmarshal(options, &request)
	if err == nil {
		request["allowCredentials"] = []any{map[string]string{"type": "public-key", "id": d.credential}}
		options, err = json.Marshal(request)
	}
	if err == nil {
		options, err = authenticatortest.With(d.soft, faults...).Get(options, page)
	}
	if err != nil {
		rt.Fatal(err)
	}
	return options
}

// passkeyFaults are what is wrong with a credential of either ceremony.
var passkeyFaults = []authenticatortest.Fault{
	authenticatortest.Challenge([]byte("another")), authenticatortest.Type("webauthn.other"),
	authenticatortest.Origin("https://evil.example"), authenticatortest.CrossOrigin("https://evil.example"),
	authenticatortest.RelyingParty("evil.example"), authenticatortest.Flags(0, authenticatortest.UserPresent),
}

// assertionFaults are what is wrong with an assertion.
var assertionFaults = append(slices.Clone(passkeyFaults),
	authenticatortest.BogusSignature(), authenticatortest.OtherKey(), authenticatortest.ChangedAfterSigning(),
	authenticatortest.Flags(authenticatortest.BackupEligible, 0), authenticatortest.UserHandle([]byte("another")))

func drawFault(rt *rapid.T, of []authenticatortest.Fault) authenticatortest.Fault {
	return of[rapid.IntRange(0, len(of)-1).Draw(rt, "fault")]
}

// registration is what a browser makes of a pending passkey's options; a wrong one
// has a fault, or is made from the options of another.
func (w *walker) registration(rt *rapid.T, d *walkDevice, wrong bool) json.RawMessage {
	options, faults := w.lastShown(d), []authenticatortest.Fault(nil)
	others := slices.DeleteFunc(slices.Clone(w.made), func(other *walkDevice) bool { return other.factorID == d.factorID || other.options == nil })
	switch {
	case !wrong:
	case len(others) > 0 && rapid.Bool().Draw(rt, "for another enrollment"):
		options = rapid.SampledFrom(others).Draw(rt, "whose").options
	default:
		faults = append(faults, drawFault(rt, passkeyFaults))
	}
	made, err := authenticatortest.With(d.soft, faults...).Create(options, rapid.SampledFrom(walkPages).Draw(rt, "page"))
	w.ok(rt, err)
	return made
}

// lastShown are the options of an enrollment as they were shown last: another begin
// may have been answered by them.
func (w *walker) lastShown(d *walkDevice) json.RawMessage {
	for _, shown := range slices.Backward(w.made) {
		if shown.factorID == d.factorID && shown.options != nil {
			return shown.options
		}
	}
	return d.options
}

// verifiesUser reports whether options ask an authenticator for that: a walk's does it
// then alone.
func verifiesUser(rt *rapid.T, options json.RawMessage) bool {
	rt.Helper()
	var asks struct {
		UserVerification       domain.UserVerification
		AuthenticatorSelection struct{ UserVerification domain.UserVerification }
	}
	if err := json.Unmarshal(options, &asks); err != nil {
		rt.Fatal(err)
	}
	return cmp.Or(asks.UserVerification, asks.AuthenticatorSelection.UserVerification) == domain.UserVerificationRequired
}

// registered keeps the id of a credential that was confirmed.
func (d *walkDevice) registered(made json.RawMessage) error {
	var credential struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(made, &credential)
	d.credential = credential.ID
	return err
}
