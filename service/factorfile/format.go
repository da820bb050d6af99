package factorfile

// Format is a kind of file.
type Format string

// The formats that are read. PSKC, OTPAuth and CSV are written too.
const (
	Keycloak         Format = "keycloak"          // a realm export, or the files of users beside one
	Authelia         Format = "authelia"          // the YAML, CSV or URIs of `authelia storage user totp export`
	Auth0            Format = "auth0"             // users with mfa_factors, as Auth0's bulk import takes them
	Kratos           Format = "kratos"            // identities with their TOTP credential
	PrivacyIDEACSV   Format = "privacyidea-csv"   // the CSV that privacyIDEA exports or imports
	PSKC             Format = "pskc"              // Portable Symmetric Key Container, RFC 6030
	OTPAuth          Format = "otpauth"           // an otpauth:// URI on each line
	OTPAuthMigration Format = "otpauth-migration" // an otpauth-migration:// URI of Google Authenticator on each line
	CSV              Format = "csv"               // a header and a factor on each line
)

// Formats returns the formats that are read, in the order of the documentation.
func Formats() []Format {
	return []Format{Keycloak, Authelia, Auth0, Kratos, PrivacyIDEACSV, PSKC, OTPAuth, OTPAuthMigration, CSV}
}

// WrittenFormats returns the formats that are written too.
func WrittenFormats() []Format { return []Format{PSKC, OTPAuth, CSV} }

// product is how a message calls a file of the format.
func (f Format) product() string {
	switch f {
	case Keycloak:
		return "a Keycloak realm export"
	case Authelia:
		return "an Authelia export"
	case Auth0:
		return "a file of Auth0 users"
	case Kratos:
		return "a file of Kratos identities"
	case PrivacyIDEACSV:
		return "a token file of privacyIDEA"
	case PSKC:
		return "a PSKC file"
	case OTPAuth:
		return "a file of otpauth:// URIs"
	case OTPAuthMigration:
		return "an export of Google Authenticator"
	}
	return "a CSV file with a header"
}

// expected is what a message says of a file that is not of the format.
func (f Format) expected() string {
	switch f {
	case Keycloak:
		return "a JSON object with users, as `kc.sh export` writes it"
	case Authelia:
		return "what `authelia storage user totp export` writes"
	case Auth0:
		return "a JSON array of users, or a user on each line, each with email or user_id and mfa_factors"
	case Kratos:
		return "a JSON array of identities, or an identity on each line, each with traits and credentials"
	case PrivacyIDEACSV:
		return "the columns owner, serial, seed, type, length and time step, as `pi-tokenjanitor find export --format csv` writes them"
	case PSKC:
		return "an XML document with the root KeyContainer (RFC 6030)"
	case OTPAuth:
		return "an otpauth:// URI on each line"
	case OTPAuthMigration:
		return "an otpauth-migration://offline?data= URI on each line"
	}
	return "a first line that names the columns: secret, one of user_id, username and email, and if need be algorithm, digits, period_seconds and name"
}
