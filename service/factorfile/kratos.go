package factorfile

import (
	"bufio"
	"encoding/json"
	"slices"
	"strings"
)

type kratosIdentity struct {
	ID          looseText       `json:"id"`
	Traits      json.RawMessage `json:"traits"`
	Credentials json.RawMessage `json:"credentials"`
	SchemaID    looseText       `json:"schema_id"`
	Addresses   json.RawMessage `json:"verifiable_addresses"`
}

type kratosAddress struct {
	Value    looseText  `json:"value"`
	Verified *looseFlag `json:"verified"`
}

type kratosTOTP struct {
	Config json.RawMessage `json:"config"`
}

// readKratos reads identities as the administration API lists them.
func readKratos(in *bufio.Reader, _ Options, emit func(Record) error) error {
	first := true
	return eachObject(in, func(raw json.RawMessage, refusal *Refusal) error {
		var identity kratosIdentity
		ok := object(raw, &identity)
		if first && (!ok || len(identity.Traits) == 0 && len(identity.Credentials) == 0 && identity.SchemaID == "") {
			return wrongKind(Kratos)
		}
		first = false
		if !ok {
			return emit(Record{Refusal: refusal})
		}
		record, found := identity.record()
		if !found {
			return nil
		}
		return emit(record)
	})
}

// record is the TOTP credential of an identity, if it has one. An identity has
// one at most.
func (i kratosIdentity) record() (r Record, found bool) {
	var credentials struct {
		TOTP json.RawMessage `json:"totp"`
	}
	var traits struct {
		Email    looseText `json:"email"`
		Username looseText `json:"username"`
	}
	if !object(i.Credentials, &credentials) || len(credentials.TOTP) == 0 || string(credentials.TOTP) == "null" {
		return Record{}, false
	}
	object(i.Traits, &traits) // the schema is the operator's: there need be neither
	r = Record{UserID: string(i.ID), Username: string(traits.Username), Email: string(traits.Email), EmailUnverified: i.unverified(string(traits.Email))}
	r.takeKratos(credentials.TOTP)
	return r, true
}

// unverified reports whether the identity has the address as one that is still to be
// verified.
func (i kratosIdentity) unverified(email string) bool {
	var addresses []kratosAddress
	if json.Unmarshal(i.Addresses, &addresses) != nil {
		return false
	}
	return slices.ContainsFunc(addresses, func(a kratosAddress) bool {
		return strings.EqualFold(string(a.Value), email) && a.Verified.denied()
	})
}

func (r *Record) takeKratos(raw json.RawMessage) {
	var totp kratosTOTP
	var config struct {
		URL looseText `json:"totp_url"`
	}
	if !object(raw, &totp) {
		r.Refusal = notAnObject
		return
	}
	if !object(totp.Config, &config) || config.URL == "" {
		r.refuse("totp_url", "The secret is not in the file. List the identities with include_credential=totp.")
		return
	}
	r.takeURI("totp_url", string(config.URL))
}
