package factorfile

import (
	"bufio"
	"slices"
	"strings"
)

// recognise fails if the beginning of the file is not of the format. A JSON file
// whose beginning tells nothing is left to the reader, which fails at its first
// object.
func recognise(want Format, in *bufio.Reader) error {
	head, err := peek(in)
	if err != nil {
		return err
	}
	if err := unreadable(head); err != nil {
		return err
	}
	found, isJSON := kind(head)
	switch {
	case want == OTPAuth && strings.TrimSpace(head) == noFactor:
		return nil
	case found == want, want == Authelia && found == OTPAuth, isJSON && jsonSigns(want, head):
		return nil // Authelia writes URIs too
	case found != "":
		return seems(found)
	case isJSON && slices.Contains([]Format{Keycloak, Auth0, Kratos}, want):
		return nil
	case want == CSV && !isJSON:
		if almost, err := almostCSV(firstLine(head)); almost || err != nil {
			return err
		}
	}
	return wrongKind(want)
}

// unreadable names what has to be unpacked before.
func unreadable(head string) error {
	switch {
	case head == "":
		return fileError("The file is empty.")
	case strings.HasPrefix(head, "PK\x03\x04"), strings.HasPrefix(head, "\x1f\x8b"):
		return fileError("The file is compressed. Unpack it, and import what is in it.")
	case strings.HasPrefix(head, "-----BEGIN PGP MESSAGE-----"):
		return fileError("The file is encrypted with PGP. Decrypt it with `gpg --decrypt`, and import what comes out.")
	}
	return nil
}

// kind is what a file seems to be by its beginning; empty if that tells nothing.
func kind(head string) (f Format, isJSON bool) {
	lower := strings.ToLower(head)
	switch {
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		return jsonKind(head), true
	case strings.HasPrefix(head, "<"):
		if strings.Contains(lower, "keycontainer") {
			return PSKC, false
		}
	case startsWith(lower, "otpauth-migration://"):
		return OTPAuthMigration, false
	case startsWith(lower, "otpauth://"):
		return OTPAuth, false
	case autheliaYAML(head), autheliaCSV(head):
		return Authelia, false
	case privacyIDEA(head):
		return PrivacyIDEACSV, false
	case csvHeader(firstLine(head)):
		return CSV, false
	}
	return "", false
}

// jsonKind is the product whose signs a JSON file has.
func jsonKind(head string) Format {
	for _, f := range []Format{Auth0, Kratos, Keycloak} {
		if jsonSigns(f, head) {
			return f
		}
	}
	return ""
}

// jsonSigns goes by member names that only one of the products has. A file may
// have those of another one too, in what was taken over from it.
func jsonSigns(f Format, head string) bool {
	has := func(member string) bool { return strings.Contains(head, `"`+member+`"`) }
	switch f {
	case Auth0:
		return has("mfa_factors")
	case Kratos:
		return has("totp_url") || has("schema_id") && has("traits")
	case Keycloak:
		return has("realm") && (has("users") || has("notBefore") || has("accessTokenLifespan")) || has("secretData")
	}
	return false
}

// startsWith tells how the first line begins that is no comment.
func startsWith(head, prefix string) bool {
	for line := range strings.Lines(head) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return strings.HasPrefix(line, prefix)
		}
	}
	return false
}

func firstLine(head string) string {
	line, _, _ := strings.Cut(head, "\n")
	return strings.TrimSpace(line)
}
