package authenticator

import (
	"encoding/json"

	"github.com/countersign/countersign/service/authenticator/internal/response"
)

const (
	publicKey = "public-key"

	creationName = "creation_options"
	requestName  = "request_options"
)

// creationOptions is what matters here of PublicKeyCredentialCreationOptionsJSON (section 5.1.8).
type creationOptions struct {
	RP struct {
		ID   string  `json:"id"`
		Name *string `json:"name"`
	} `json:"rp"`
	User struct {
		ID          response.Bytes `json:"id"`
		Name        *string        `json:"name"`
		DisplayName *string        `json:"displayName"`
	} `json:"user"`
	Challenge              response.Bytes `json:"challenge"`
	PubKeyCredParams       []parameter    `json:"pubKeyCredParams"`
	ExcludeCredentials     []descriptor   `json:"excludeCredentials"`
	AuthenticatorSelection selection      `json:"authenticatorSelection"`
}

// requestOptions is what matters here of PublicKeyCredentialRequestOptionsJSON (section 5.1.9).
type requestOptions struct {
	verification
	RPID             string         `json:"rpId"`
	Challenge        response.Bytes `json:"challenge"`
	AllowCredentials []descriptor   `json:"allowCredentials"`
}

type parameter struct {
	Type string `json:"type"`
	Alg  int    `json:"alg"`
}

type descriptor struct {
	Type string         `json:"type"`
	ID   response.Bytes `json:"id"`
}

type selection struct {
	verification
	ResidentKey        string `json:"residentKey"`
	RequireResidentKey bool   `json:"requireResidentKey"`
}

// residentKey reports whether one is demanded; the older member counts where the newer one is missing
// (section 5.4.4).
func (s selection) residentKey() bool {
	return s.ResidentKey == "required" || s.ResidentKey == "" && s.RequireResidentKey
}

type verification struct {
	UserVerification string `json:"userVerification"`
}

// flags has the user verified unless that is discouraged: what is missing or unknown is "preferred".
func (v verification) flags() byte {
	if v.UserVerification == "discouraged" {
		return 0
	}
	return response.UserVerified
}

func parseCreation(text json.RawMessage) (o creationOptions, err error) {
	if err := json.Unmarshal(text, &o); err != nil {
		return o, malformed("This is no PublicKeyCredentialCreationOptionsJSON", creationName)
	}
	switch missing := o.missing(); {
	case missing != "":
		return o, malformed(missing+" is missing", creationName)
	case len(o.User.ID) > 64: // section 5.4.3
		return o, malformed("user.id has more than 64 bytes", creationName)
	case !o.takesES256():
		return o, ErrAlgorithm
	case o.AuthenticatorSelection.residentKey():
		return o, ErrResidentKey
	}
	return o, nil
}

func parseRequest(text json.RawMessage) (o requestOptions, err error) {
	if err := json.Unmarshal(text, &o); err != nil {
		return o, malformed("This is no PublicKeyCredentialRequestOptionsJSON", requestName)
	}
	switch {
	case o.RPID == "":
		return o, malformed("rpId is missing", requestName)
	case len(o.Challenge) == 0:
		return o, malformed("challenge is missing", requestName)
	}
	return o, nil
}

// missing names a member that a browser demands, and rp.id, for which a browser has the page's host.
func (o creationOptions) missing() string {
	for _, member := range []struct {
		name string
		lost bool
	}{
		{"rp.id", o.RP.ID == ""},
		{"rp.name", o.RP.Name == nil},
		{"user.id", len(o.User.ID) == 0},
		{"user.name", o.User.Name == nil},
		{"user.displayName", o.User.DisplayName == nil},
		{"challenge", len(o.Challenge) == 0},
		{"pubKeyCredParams", o.PubKeyCredParams == nil},
	} {
		if member.lost {
			return member.name
		}
	}
	return ""
}

// takesES256 reports whether the relying party does; an empty list stands for ES256 and RS256 (section
// 5.1.3).
func (o creationOptions) takesES256() bool {
	for _, p := range o.PubKeyCredParams {
		if p.Type == publicKey && p.Alg == response.AlgES256 {
			return true
		}
	}
	return len(o.PubKeyCredParams) == 0
}
