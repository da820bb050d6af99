package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"github.com/countersign/countersign/service/authenticator"
	"github.com/countersign/countersign/service/authenticator/authenticatortest"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// party is a user of a tenant that wants users verified.
type party struct {
	t     testing.TB
	round factor.Round
	soft  *authenticator.Authenticator
}

func newParty(t testing.TB) *party {
	t.Helper()
	tenant := domain.Tenant{ID: "acme", RPID: authenticatortest.RelyingPartyID, Origins: []string{authenticatortest.RightOrigin}}
	tenant.Policy.UserVerification = domain.UserVerificationRequired
	user := domain.User{TenantID: "acme", ID: "ada", Profile: domain.Profile{Username: "ada"}}
	user.Generation = "g1"
	return &party{
		t: t, round: factor.Round{Tenant: tenant, User: user, Now: time.Unix(1_900_000_000, 0), Secrets: plain{}},
		soft: authenticator.New([32]byte{1}, "acme/ada"),
	}
}

func (p *party) ok(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// register makes a passkey by an authenticator with faults.
func (p *party) register(faults ...authenticatortest.Fault) factor.Verdict {
	p.t.Helper()
	f := domain.Factor{ID: "fct_1", Type: domain.FactorPasskey, State: domain.FactorPending}
	shown, err := Kind{}.Begin(p.round, &f)
	p.ok(err)
	made, err := authenticatortest.With(p.soft, faults...).Create(shown.Options, authenticatortest.RightOrigin)
	p.ok(err)
	verdict, err := Kind{}.Judge(p.t.Context(), p.round, f, NewRegistrationClaim(made))
	p.ok(err)
	if verdict.Proven {
		verdict.Spend(&f)
		f.State = domain.FactorActive
		p.round.User.Factors = []domain.Factor{f}
	}
	return verdict
}

// claim is an assertion by an authenticator with faults.
func (p *party) claim(faults ...authenticatortest.Fault) AssertionClaim {
	p.t.Helper()
	options, err := Kind{}.Options(p.round)
	p.ok(err)
	used, err := authenticatortest.With(p.soft, faults...).Get(options.Request, authenticatortest.RightOrigin)
	p.ok(err)
	return NewAssertionClaim(options.State, used)
}

func (p *party) judge(c factor.Claim) factor.Verdict {
	p.t.Helper()
	verdict, err := Kind{}.Judge(p.t.Context(), p.round, p.round.User.Factors[0], c)
	p.ok(err)
	return verdict
}

func TestEveryFaultIsFoundAndNothingElse(t *testing.T) {
	t.Parallel()
	for _, c := range authenticatortest.Cases() {
		t.Run(string(c.Ceremony)+"/"+c.Name, func(t *testing.T) {
			t.Parallel()
			p := newParty(t)
			verdict := p.register(c.Registered...)
			if c.Ceremony == authenticatortest.Get {
				if !verdict.Proven {
					t.Fatalf("the registration before it is refused: %s", verdict.Why)
				}
				verdict = p.judge(p.claim(c.Asserted...))
			}
			if c.Verdict != authenticatortest.Either && verdict.Proven != (c.Verdict == authenticatortest.Accept) {
				t.Errorf("proven is %t (why %q), want %s", verdict.Proven, verdict.Why, c.Verdict)
			}
			if verdict.Proven == (verdict.Why != "") {
				t.Errorf("proven is %t, and the reason %q", verdict.Proven, verdict.Why)
			}
		})
	}
}

func TestAnAssertionIsGoodOnceWhatTheLibraryTakesTwice(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.register()
	claim := p.claim()
	first := p.judge(claim)
	if !first.Proven {
		t.Fatalf("refused: %s", first.Why)
	}
	first.Spend(&p.round.User.Factors[0])
	if again := p.judge(claim); again.Proven || again.Why != whySequence {
		t.Errorf("the second time: %+v", again)
	}
}

func FuzzWhatIsNoRegistrationIsRefused(f *testing.F) {
	p := newParty(f)
	pending := domain.Factor{ID: "fct_1", Type: domain.FactorPasskey, State: domain.FactorPending}
	shown, err := Kind{}.Begin(p.round, &pending)
	p.ok(err)
	right, err := p.soft.Create(shown.Options, authenticatortest.RightOrigin)
	p.ok(err)
	f.Add([]byte(right))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		verdict, err := Kind{}.Judge(t.Context(), p.round, pending, NewRegistrationClaim(text))
		if err != nil || verdict.Proven && !sameResponse(t, right, text) {
			t.Errorf("%q: %+v, %v", text, verdict, err)
		}
	})
}

func FuzzWhatIsNoAssertionIsRefused(f *testing.F) {
	p := newParty(f)
	p.register()
	options, err := Kind{}.Options(p.round)
	p.ok(err)
	right, err := p.soft.Get(options.Request, authenticatortest.RightOrigin)
	p.ok(err)
	f.Add(options.State, []byte(right))
	f.Add("AA", []byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}`))
	f.Fuzz(func(t *testing.T, state string, text []byte) {
		verdict, err := Kind{}.Judge(t.Context(), p.round, p.round.User.Factors[0], NewAssertionClaim(state, text))
		if err != nil || verdict.Proven && (state != options.State || !sameResponse(t, right, text)) {
			t.Errorf("%q: %+v, %v", text, verdict, err)
		}
	})
}

// sameResponse reports whether what was signed is the same in both.
func sameResponse(t *testing.T, right json.RawMessage, text []byte) bool {
	t.Helper()
	type signed struct {
		Response struct {
			ClientDataJSON    string `json:"clientDataJSON"`
			AttestationObject string `json:"attestationObject"`
			AuthenticatorData string `json:"authenticatorData"`
			Signature         string `json:"signature"`
		} `json:"response"`
	}
	var a, b signed
	return json.Unmarshal(right, &a) == nil && json.Unmarshal(text, &b) == nil && a == b
}

func TestThePageThatAskedForOptionsAlsoAnswers(t *testing.T) {
	t.Parallel()
	const other = "https://app.example.com"
	p := newParty(t)
	p.round.Tenant.Origins = append(p.round.Tenant.Origins, other)
	p.register()
	for _, tc := range []struct {
		asked string
		why   factor.Why
	}{{"", ""}, {authenticatortest.RightOrigin, ""}, {other, whyOrigin}, {"https://gone.example.com", whyOrigin}} {
		p.round.Origin = tc.asked
		if verdict := p.judge(p.claim()); verdict.Why != tc.why {
			t.Errorf("asked for by %q: %q, want %q", tc.asked, verdict.Why, tc.why)
		}
	}
}

func TestAPasskeyIsOfTheRelyingPartyIDOfToday(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.register()
	claim := p.claim()
	p.round.Tenant.RPID = "login.example.com"
	if verdict := p.judge(claim); verdict.Why != whyRPID {
		t.Errorf("refused for %q", verdict.Why)
	}
	if _, err := (Kind{}).Options(p.round); !errors.Is(err, domain.ErrNotEnrolled) {
		t.Errorf("options for a passkey of another relying party id: %v", err)
	}
}

func TestACredentialIsNotRegisteredTwice(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.register()
	stored, err := open(p.round, p.round.User.Factors[0])
	p.ok(err)
	f := domain.Factor{ID: "fct_2", Type: domain.FactorPasskey, State: domain.FactorPending}
	shown, err := Kind{}.Begin(p.round, &f)
	p.ok(err)
	var options map[string]any
	p.ok(json.Unmarshal(shown.Options, &options))
	if excluded, _ := options["excludeCredentials"].([]any); len(excluded) != 1 || excluded[0].(map[string]any)["id"] != base64url(stored.ID) {
		t.Errorf("the browser is told to exclude %v", options["excludeCredentials"])
	}
	delete(options, "excludeCredentials") // a browser that does not care
	text, err := json.Marshal(options)
	p.ok(err)
	made, err := p.soft.Create(text, authenticatortest.RightOrigin)
	p.ok(err)
	verdict, err := Kind{}.Judge(t.Context(), p.round, f, NewRegistrationClaim(made))
	p.ok(err)
	if !verdict.Proven {
		t.Fatalf("another credential is refused: %s", verdict.Why)
	}
	verdict.Spend(&f)
	f.State = domain.FactorActive
	p.round.User.Factors = append(p.round.User.Factors, f)
	pending, err := open(p.round, domain.Factor{ID: "fct_2", Passkey: domain.Passkey{Record: f.Passkey.Record}})
	p.ok(err)
	again := domain.Factor{ID: "fct_3", Type: domain.FactorPasskey, State: domain.FactorPending}
	pending.Challenge = []byte(options["challenge"].(string))
	challenge, err := base64.RawURLEncoding.DecodeString(options["challenge"].(string))
	p.ok(err)
	pending.Challenge, pending.UserVerification = challenge, domain.UserVerificationRequired
	p.ok(pending.seal(p.round, &again))
	verdict, err = Kind{}.Judge(t.Context(), p.round, again, NewRegistrationClaim(made))
	p.ok(err)
	if verdict.Why != whyDuplicate {
		t.Errorf("the same credential again: %+v", verdict)
	}
}

func TestARecordIsItsFactorAlone(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.register()
	moved := p.round.User.Factors[0]
	moved.ID = "fct_9"
	if _, err := (Kind{}).Judge(t.Context(), p.round, moved, p.claim()); err == nil {
		t.Error("a record that was moved to another factor opens")
	}
}

func TestTheUserHandleSaysNothingAndIsAlikeInAllPasskeysOfAUser(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	handles := map[string]int{}
	for _, id := range []string{"fct_1", "fct_2"} {
		f := domain.Factor{ID: id, Type: domain.FactorPasskey, State: domain.FactorPending}
		shown, err := Kind{}.Begin(p.round, &f)
		p.ok(err)
		var options struct {
			User struct{ ID string }
		}
		p.ok(json.Unmarshal(shown.Options, &options))
		handle, err := base64.RawURLEncoding.DecodeString(options.User.ID)
		if err != nil || len(handle) != 32 {
			t.Errorf("the handle has %d bytes: %v", len(handle), err)
		}
		handles[string(handle)]++
		if id == "fct_1" {
			p.register() // under an id of its own
			stored, err := open(p.round, p.round.User.Factors[0])
			p.ok(err)
			handles = map[string]int{string(stored.UserHandle): 1}
		}
	}
	if len(handles) != 1 {
		t.Errorf("%d handles for one user", len(handles))
	}
}

// What is asked before the policy changed is answered after it.
func TestAPolicyThatWantsTheUserVerifiedHoldsAtOnce(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.round.Tenant.Policy.UserVerification = domain.UserVerificationDiscouraged
	p.register()
	asked := p.claim(authenticatortest.Flags(0, authenticatortest.UserVerified))
	if verdict := p.judge(asked); !verdict.Proven {
		t.Fatalf("refused: %s", verdict.Why)
	}
	p.round.Tenant.Policy.UserVerification = domain.UserVerificationRequired
	if verdict := p.judge(asked); verdict.Why != whyFlags {
		t.Errorf("after the change: %+v", verdict)
	}
}

func TestAPendingPasskeyIsShownWithWhatThePolicyAsksForNow(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	p.round.Tenant.Policy.UserVerification = domain.UserVerificationDiscouraged
	f := domain.Factor{ID: "fct_1", Type: domain.FactorPasskey, State: domain.FactorPending}
	_, err := Kind{}.Begin(p.round, &f)
	p.ok(err)
	for _, policy := range []domain.UserVerification{domain.UserVerificationDiscouraged, domain.UserVerificationRequired} {
		p.round.Tenant.Policy.UserVerification = policy
		shown, err := Kind{}.Show(p.round, f)
		p.ok(err)
		var options struct {
			AuthenticatorSelection struct{ UserVerification string }
		}
		p.ok(json.Unmarshal(shown.Options, &options))
		if got := options.AuthenticatorSelection.UserVerification; got != string(policy) {
			t.Errorf("the policy says %s, and the browser is asked for %s", policy, got)
		}
	}
}

// A key that is dear to verify would let its owner slow everybody down: wrong assertions are charged nothing.
func TestAKeyThatIsDearToVerifyIsNotRegistered(t *testing.T) {
	t.Parallel()
	rsa := func(bits int, exponent []byte) []byte {
		modulus := make([]byte, bits/8)
		modulus[0], modulus[len(modulus)-1] = 0x80, 1
		key, err := webauthncbor.Marshal(map[int]any{1: 3, 3: -257, -1: modulus, -2: exponent})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	for name, tc := range map[string]struct {
		key    []byte
		usable bool
	}{
		"of 2048 bits":        {rsa(2048, []byte{1, 0, 1}), true},
		"of 4096 bits":        {rsa(4096, []byte{1, 0, 1}), true},
		"too short":           {rsa(2040, []byte{1, 0, 1}), false},
		"too long":            {rsa(4104, []byte{1, 0, 1}), false},
		"of a large exponent": {rsa(2048, []byte{0x7f, 0xff, 0xff, 0xff}), false},
		"of the exponent 1":   {rsa(2048, []byte{1}), false},
	} {
		if got := usable(tc.key); got != tc.usable {
			t.Errorf("%s: usable is %t, want %t", name, got, tc.usable)
		}
	}
}
