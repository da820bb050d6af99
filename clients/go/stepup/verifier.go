package stepup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	countersign "github.com/countersign/countersign/clients/go"
)

var (
	// ErrInvalid says that a text is no step-up token that this verifier's
	// tenant and audience may believe.
	ErrInvalid = errors.New("stepup: the token is not valid")

	// ErrMismatch says that a token is valid, and not for this: another user's,
	// another session's, for another action, too weak or too old.
	ErrMismatch = errors.New("stepup: the token is not for this")

	// ErrKeysUnavailable says that nothing can be checked, since the service's
	// keys could not be fetched and none are kept that are young enough.
	ErrKeysUnavailable = errors.New("stepup: the keys could not be fetched")
)

// Config says whose tokens a Verifier believes.
type Config struct {
	// Issuer is the service's COUNTERSIGN_ISSUER, such as
	// https://2fa.example.com, without the tenant.
	Issuer string
	// Tenant is the one tenant whose tokens count.
	Tenant string
	// Audience is the one host that tokens must be for; empty: the tenant's
	// name, which is what a tenant has unless it was created with another.
	Audience string
	// BaseURL is where the keys are fetched; empty: the issuer.
	BaseURL string
	// Sandbox takes the tokens of a sandbox tenant, and those alone. A verifier
	// without it takes none of them, whatever they say.
	Sandbox bool
	// HTTPClient fetches the keys; nil: one that waits for three seconds. It
	// follows no redirect.
	HTTPClient *http.Client
	// Now is the time; nil: time.Now.
	Now func() time.Time
}

// Verifier checks step-up tokens of one tenant. Make one and keep it: it keeps
// the keys, and is safe for concurrent use.
type Verifier struct {
	issuer, tenant, audience string
	keys                     *keys
	others                   *keys // of the other kind of tenant: they sign nothing that is believed, and explain a refusal
	otherKind                error // what that refusal is
	now                      func() time.Time
}

// ownAudience is of tokens for the service's own routes.
const ownAudience = "countersign"

// slug is the form of a tenant's name.
var slug = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// New returns a verifier, which has fetched nothing yet; see Ready.
func New(config Config) (*Verifier, error) {
	issuer := strings.TrimRight(config.Issuer, "/")
	base := strings.TrimRight(orElse(config.BaseURL, issuer), "/")
	audience := orElse(config.Audience, config.Tenant)
	switch {
	case !isURL(issuer):
		return nil, errors.New("stepup: Issuer must be the service's COUNTERSIGN_ISSUER, like https://2fa.example.com")
	case !isURL(base):
		return nil, errors.New("stepup: BaseURL must be like https://2fa.example.com, or empty")
	case !slug.MatchString(config.Tenant):
		return nil, errors.New("stepup: Tenant must be a tenant's name: lower-case letters, digits and hyphens")
	case audience == ownAudience:
		return nil, fmt.Errorf("stepup: Audience must be the host's own; tokens for %q are for the service alone", ownAudience)
	}
	v := &Verifier{issuer: issuer + "/" + config.Tenant, tenant: config.Tenant, audience: audience, now: config.Now}
	path, other := "/.well-known/jwks.json", "/.well-known/jwks-sandbox.json"
	v.otherKind = errSandbox
	if config.Sandbox {
		path, other, v.otherKind = other, path, errNoSandbox
	}
	if v.now == nil {
		v.now = time.Now
	}
	v.keys, v.others = newKeys(base+path, config.HTTPClient, v.now), newKeys(base+other, config.HTTPClient, v.now)
	v.others.without = FetchEvery
	return v, nil
}

// Ready fetches the keys unless they are fresh, and fails with
// ErrKeysUnavailable while nothing can be checked: for a start that should fail
// early, and for a probe.
func (v *Verifier) Ready(ctx context.Context) error {
	_, err := v.keys.current(ctx, "")
	return err
}

// Verify returns the claims of a token that is valid and for what is expected.
// Otherwise it returns the zero claims and ErrInvalid, ErrMismatch or
// ErrKeysUnavailable, which tell the host's log the claim, what was expected and the
// remedy. Of a token's values errors have those that name no person and no session,
// and none before its signature is good. It asks the network for keys alone, and
// rarely.
func (v *Verifier) Verify(ctx context.Context, token string, want Expect) (countersign.StepUpClaims, error) {
	claims, err := v.read(ctx, token)
	if err != nil {
		return countersign.StepUpClaims{}, err
	}
	now := v.now()
	if broken := v.broken(claims, now); broken != "" {
		return countersign.StepUpClaims{}, fmt.Errorf("%w: %s", ErrInvalid, broken)
	}
	if missed := want.missed(claims, now); missed != "" {
		return countersign.StepUpClaims{}, fmt.Errorf("%w: %s", ErrMismatch, missed)
	}
	return claims, nil
}

func isURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" &&
		parsed.User == nil && !strings.ContainsAny(text, "?#")
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
