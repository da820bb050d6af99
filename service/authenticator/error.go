package authenticator

// Error is a refusal, as a browser would throw it.
type Error struct {
	Name   string // of the exception
	Detail string // names the remedy, and quotes nothing of what was sent
}

// Error returns both.
func (e *Error) Error() string { return e.Name + ": " + e.Detail }

// The refusals of a browser and its authenticator (sections 5.1.3, 6.3.2 and 6.3.3).
var (
	ErrExcluded = &Error{"InvalidStateError",
		"One of excludeCredentials is already held for this user: sign in with it, or remove it first."}
	ErrUnknownCredential = &Error{"NotAllowedError",
		"None of allowCredentials is held for this user and rpId: register one with creation_options first, and name it."}
	ErrAlgorithm = &Error{"NotSupportedError",
		"pubKeyCredParams has no ES256: add {\"type\": \"public-key\", \"alg\": -7}."}
	ErrResidentKey = &Error{"ConstraintError",
		"A credential that is found without its id cannot be had here: ask for residentKey \"preferred\" or \"discouraged\"."}
)

// malformed is the refusal of options that no browser would read.
func malformed(what, name string) *Error {
	return &Error{"TypeError", what + ": send the " + name + " as they came."}
}
