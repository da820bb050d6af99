package passkey

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/seal"
)

// hexBytes are bytes as the vectors have them.
type hexBytes []byte

func (b *hexBytes) UnmarshalJSON(text []byte) error {
	var digits string
	err := json.Unmarshal(text, &digits)
	if err == nil {
		*b, err = hex.DecodeString(digits)
	}
	return err
}

type vector struct {
	Name         string   `json:"name"`
	Format       string   `json:"format"`
	Algorithm    int      `json:"algorithm"`
	CrossOrigin  bool     `json:"cross_origin"`
	CredentialID hexBytes `json:"credential_id"`
	Registration struct {
		Challenge         hexBytes `json:"challenge"`
		ClientDataJSON    hexBytes `json:"client_data_json"`
		AttestationObject hexBytes `json:"attestation_object"`
	} `json:"registration"`
	Authentication struct {
		Challenge         hexBytes `json:"challenge"`
		ClientDataJSON    hexBytes `json:"client_data_json"`
		AuthenticatorData hexBytes `json:"authenticator_data"`
		Signature         hexBytes `json:"signature"`
	} `json:"authentication"`
}

// plain are secrets of a test: they are not sealed, but told apart by their places.
type plain struct{}

func (plain) Seal(purpose seal.Purpose, item string, secret []byte) ([]byte, error) {
	return append([]byte(string(purpose)+"/"+item+"/"), secret...), nil
}

func (plain) Open(purpose seal.Purpose, item string, sealed []byte) ([]byte, error) {
	prefix := string(purpose) + "/" + item + "/"
	if len(sealed) < len(prefix) || string(sealed[:len(prefix)]) != prefix {
		return nil, domain.ErrNotFound
	}
	return sealed[len(prefix):], nil
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (v vector) credential(response map[string]string) []byte {
	text, err := json.Marshal(map[string]any{
		"id": base64url(v.CredentialID), "rawId": base64url(v.CredentialID), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{},
	})
	if err != nil {
		panic(err)
	}
	return text
}

// Those of the specification that this relying party takes: of its algorithms, from no frame, and not attested by a
// manufacturer, which is not asked for.
func TestTheVectorsOfTheSpecificationAreTakenOrRefusedAsTheySay(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		RPID    string   `json:"rp_id"`
		Origin  string   `json:"origin"`
		Vectors []vector `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	want := map[string][2]factor.Why{ // of the registration, and of the assertion; "": taken
		"none.ES256": {}, "packed-self.ES256": {}, "none.ES256.long-credential-id": {},
		"none.ES256.crossOrigin": {whyCrossOrigin, whyCrossOrigin}, "none.ES256.topOrigin": {whyCrossOrigin, whyCrossOrigin},
		"packed.ES256": {whyAttestation, ""}, "packed.EdDSA": {whyAttestation, ""}, "packed.RS256": {whyAttestation, ""},
		"fido-u2f.ES256": {whyAttestation, ""}, "apple.ES256": {whyAttestation, ""}, "tpm.ES256": {whyAttestation, ""},
		"android-key.ES256": {whyAttestation, ""}, "packed.ES384": {whyAttestation, ""}, "packed.ES512": {whyAttestation, ""},
		"packed.Ed448": {whyAttestation, ""},
	}
	for _, v := range file.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			r := factor.Round{
				Tenant: domain.Tenant{ID: "acme", RPID: file.RPID, Origins: []string{file.Origin}}, Now: time.Unix(1, 0), Secrets: plain{},
			}
			f := domain.Factor{ID: "fct_1", Type: domain.FactorPasskey, State: domain.FactorPending}
			pending := record{RPID: file.RPID, UserHandle: random(32), Challenge: v.Registration.Challenge}
			if err := pending.seal(r, &f); err != nil {
				t.Fatal(err)
			}
			verdict, err := Kind{}.Judge(t.Context(), r, f, NewRegistrationClaim(v.credential(map[string]string{
				"clientDataJSON":    base64url(v.Registration.ClientDataJSON),
				"attestationObject": base64url(v.Registration.AttestationObject),
			})))
			why, listed := want[v.Name]
			if err != nil || !listed || verdict.Why != why[0] || verdict.Proven != (why[0] == "") {
				t.Fatalf("registration: %+v, %v; want why %q (listed %t)", verdict, err, why[0], listed)
			}
			if !verdict.Proven {
				return
			}
			verdict.Spend(&f)
			stored, err := open(r, f)
			if err != nil {
				t.Fatal(err)
			}
			claim := NewAssertionClaim("", v.credential(map[string]string{
				"clientDataJSON":    base64url(v.Authentication.ClientDataJSON),
				"authenticatorData": base64url(v.Authentication.AuthenticatorData),
				"signature":         base64url(v.Authentication.Signature),
			}))
			verdict, err = claim.verify(r, f, stored, ceremony{RPID: file.RPID}, v.Authentication.Challenge)
			if err != nil || verdict.Why != why[1] || verdict.Proven != (why[1] == "") {
				t.Fatalf("assertion: %+v, %v; want why %q", verdict, err, why[1])
			}
		})
	}
	if len(file.Vectors) != len(want) {
		t.Errorf("%d vectors, want %d", len(file.Vectors), len(want))
	}
}
