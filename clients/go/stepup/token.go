package stepup

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	countersign "github.com/countersign/countersign/clients/go"
)

const (
	// longestToken is beyond every token of the service.
	longestToken = 8 << 10

	tokenType = "step-up+jwt"
)

var (
	errForm       = fmt.Errorf("%w: form: a step_up_token is expected as it came from verify or confirm; a ticket is none", ErrInvalid)
	errSignature  = fmt.Errorf("%w: signature: it is not that of the key it names, so that the token was changed or forged", ErrInvalid)
	errUnknownKey = fmt.Errorf("%w: kid", ErrInvalid)
	errSandbox    = fmt.Errorf("%w: this token was signed by a sandbox; set Sandbox to accept it, in tests alone", errUnknownKey)
	errNoSandbox  = fmt.Errorf("%w: this token was signed by a tenant that is no sandbox; leave Sandbox out to accept it", errUnknownKey)
)

// parser looks at form and signature alone. Claims are checked here, all in one
// place and by name.
var parser = jwt.NewParser(
	jwt.WithValidMethods([]string{jwt.SigningMethodES256.Alg()}),
	jwt.WithStrictDecoding(),
	jwt.WithoutClaimsValidation(),
)

// wire is the claims as the library wants them; what it could ask of them it is
// told not to.
type wire struct {
	jwt.Claims `json:"-"`
	countersign.StepUpClaims
}

// read returns what a token says if one of the service's keys signed it.
func (v *Verifier) read(ctx context.Context, token string) (countersign.StepUpClaims, error) {
	if len(token) > longestToken || strings.ContainsAny(token, "\r\n") { // base64 skips line breaks, strict or not
		return countersign.StepUpClaims{}, errForm
	}
	var said wire
	var without error // why there is no key
	_, err := parser.ParseWithClaims(token, &said, func(t *jwt.Token) (key any, err error) {
		key, without = v.key(ctx, t.Header)
		return key, without
	})
	switch {
	case err == nil:
		return said.StepUpClaims, nil
	case without != nil:
		return countersign.StepUpClaims{}, without
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return countersign.StepUpClaims{}, errSignature
	}
	return countersign.StepUpClaims{}, errForm // the library's words quote the header
}

func (v *Verifier) key(ctx context.Context, header map[string]any) (*ecdsa.PublicKey, error) {
	kid, ok := keyID(header)
	if !ok {
		return nil, errForm
	}
	found, err := v.keys.find(ctx, kid)
	if errors.Is(err, errUnknownKey) && v.others.has(ctx, kid) {
		return nil, v.otherKind
	}
	return found, err
}

// keyID returns the header's kid. A header with any further member is refused:
// the service writes three, "crit" would have to be understood (RFC 7515,
// section 4.1.11), and jku, x5u and jwk name keys of the sender's choice (RFC
// 8725, section 3.10). A kid is a thumbprint (RFC 7638); another text is no
// reason to ask for keys.
func keyID(header map[string]any) (string, bool) {
	kid, isText := header["kid"].(string)
	if len(header) != 3 || header["typ"] != tokenType || !isText {
		return "", false
	}
	hash, err := base64.RawURLEncoding.Strict().DecodeString(kid)
	return kid, err == nil && len(hash) == sha256.Size && base64.RawURLEncoding.EncodeToString(hash) == kid
}
