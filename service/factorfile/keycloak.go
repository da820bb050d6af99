package factorfile

import (
	"bufio"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/countersign/countersign/service/factorfile/bounded"
)

type keycloakUser struct {
	ID          looseText         `json:"id"`
	Username    looseText         `json:"username"`
	Email       looseText         `json:"email"`
	Verified    *looseFlag        `json:"emailVerified"`
	Credentials []json.RawMessage `json:"credentials"`
}

type keycloakCredential struct {
	Type           looseText `json:"type"`
	UserLabel      looseText `json:"userLabel"`
	SecretData     looseText `json:"secretData"`
	CredentialData looseText `json:"credentialData"`
}

type keycloakOTP struct {
	SubType   looseText `json:"subType"`
	Digits    looseInt  `json:"digits"`
	Period    looseInt  `json:"period"` // seconds
	Algorithm looseText `json:"algorithm"`
	Encoding  looseText `json:"secretEncoding"`
}

// readKeycloak reads a realm, several in an array, or a file of users beside
// one; users of a directory stand under federatedUsers.
func readKeycloak(in *bufio.Reader, _ Options, emit func(Record) error) error {
	k := keycloak{JSON: bounded.NewJSON(in), emit: emit}
	err := k.file()
	switch {
	case errors.Is(err, bounded.ErrNotAnArray):
		return wrongKind(Keycloak)
	case err == nil && !k.found && k.realm:
		return fileError("The realm is without its users. Export it with `kc.sh export --users realm_file`, or import the files of users beside it.")
	case err == nil && !k.found:
		return wrongKind(Keycloak)
	}
	return err
}

type keycloak struct {
	*bounded.JSON
	emit         func(Record) error
	found, realm bool
}

func (k *keycloak) file() error {
	token, err := k.Token()
	switch {
	case err != nil:
		return err
	case token == json.Delim('{'):
		return k.Members(k.member)
	case token != json.Delim('['):
		return bounded.ErrNotAnArray
	}
	return k.Elements(func() error {
		token, err := k.Token()
		if err == nil && token != json.Delim('{') {
			return bounded.ErrNotAnArray
		}
		if err != nil {
			return err
		}
		return k.Members(k.member)
	})
}

func (k *keycloak) member(name string) error {
	switch name {
	case "users", "federatedUsers":
		k.found = true
		return k.Array(k.user)
	case "realm":
		k.realm = true
	}
	return k.Skip()
}

func (k *keycloak) user() error {
	raw, err := k.Value()
	if err != nil {
		return err
	}
	var u keycloakUser
	if !object(raw, &u) {
		return k.emit(Record{Refusal: notAnObject})
	}
	for _, raw := range u.Credentials {
		record := Record{UserID: string(u.ID), Username: string(u.Username), Email: string(u.Email), EmailUnverified: u.Verified.denied()}
		if record.takeKeycloak(raw) {
			if err := k.emit(record); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeKeycloak reads a credential and reports whether it is a one-time password.
func (r *Record) takeKeycloak(raw json.RawMessage) bool {
	var c keycloakCredential
	var otp keycloakOTP
	switch {
	case !object(raw, &c):
		r.Refusal = notAnObject
		return true
	case c.Type == "totp", c.Type == "hotp":
		r.refuse("type", "The credential has the form of Keycloak before version 8. Import the realm into a current Keycloak, and export it from there.")
		return true
	case c.Type != "otp":
		return false
	case !object([]byte(c.CredentialData), &otp):
		r.refuse("credentialData", "The credential data is no JSON object. Export it again.")
		return true
	}
	r.Name = string(c.UserLabel)
	r.takeType("subType", string(otp.SubType))
	r.takeAlgorithm("algorithm", string(otp.Algorithm))
	r.takeDigits("digits", int(otp.Digits))
	r.takePeriod("period", int(otp.Period))
	r.takeKeycloakSecret(string(c.SecretData), string(otp.Encoding))
	return true
}

// takeKeycloakSecret: what Keycloak makes itself is a text, whose bytes in UTF-8
// are the key; the app is shown base32 of them. Only what was put into Keycloak
// from elsewhere may be base32, and is marked.
func (r *Record) takeKeycloakSecret(data, encoding string) {
	var secret struct {
		Value looseText `json:"value"`
	}
	if !object([]byte(data), &secret) || secret.Value == "" {
		r.refuse("secretData", "There is no secret. The administration API leaves it out; export with `kc.sh export`.")
		return
	}
	switch strings.ToUpper(encoding) {
	case "":
		if strings.ContainsRune(string(secret.Value), utf8.RuneError) {
			r.refuse("secretData", "The secret is not UTF-8. Export it again.")
			return
		}
		r.takeSecret("secretData", []byte(secret.Value))
	case "BASE32", "B32":
		r.takeBase32("secretData", string(secret.Value))
	default:
		r.refuse("secretEncoding", "The encoding of the secret is neither left out nor BASE32. Let the user enroll again.")
	}
}
