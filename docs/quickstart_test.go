package docs_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The blocks are run in order in one strict shell; what the page says they print
// is what they print.
func TestTheQuickstartRunsAsItStands(t *testing.T) {
	t.Parallel()
	startDevelopment(t).runsAsItStands(t, "docs/quickstart.md", 10)
}

// runsAsItStands runs the blocks of a page, of which there are so many at least, in
// one strict shell, and compares what each prints.
func (d development) runsAsItStands(t *testing.T, path string, atLeast int) {
	t.Helper()
	blocks := shellBlocks(readPage(t, path))
	if len(blocks) < atLeast {
		t.Fatalf("only %d blocks of sh were found", len(blocks))
	}
	var script strings.Builder
	for _, b := range blocks {
		script.WriteString(b.body + "echo '" + blockEnd + "'\n")
	}
	printed := strings.Split(d.shell(t, script.String()), blockEnd+"\n")
	for i, b := range blocks {
		b.printed(t, printed[i])
	}
}

const blockEnd = "-- end of block --"

// shellBlock is a block of sh and what the page says it prints.
type shellBlock struct{ body, prints string }

func (b shellBlock) printed(t *testing.T, text string) {
	t.Helper()
	if !printedAs(b.prints, text) {
		t.Errorf("the block\n%s\nprinted\n%s\nand should have printed\n%s", b.body, text, b.prints)
	}
}

func shellBlocks(p page) []shellBlock {
	var blocks []shellBlock
	for i, f := range p.fences {
		switch {
		case f.language == "sh":
			blocks = append(blocks, shellBlock{body: f.body})
		case f.language == "text" && f.adjacent && p.fences[i-1].language == "sh":
			blocks[len(blocks)-1].prints = f.body
		}
	}
	return blocks
}

// printedAs compares with what the page shows, where … stands for anything.
func printedAs(shown, printed string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(shown)), "…", ".*?")
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.TrimSpace(printed))
}

// The Go of the page is the Go that is compiled here.
func TestTheVerifierOfTheQuickstartIsTheOneThatIsTested(t *testing.T) {
	t.Parallel()
	const header = "package docs_test\n\n"
	if source := readFile(t, "docs/verifier_test.go"); source != header+readPage(t, "docs/quickstart.md").block(t, "go") {
		t.Error("docs/verifier_test.go differs from the block of Go in docs/quickstart.md; make them the same")
	}
}

// enrollAndVerify is what comes before a token, in the words of the quickstart.
const enrollAndVerify = `
backend PUT /v1/users/u-1 -d '{"username":"u","auth_source":"local","role":"member","active":true}' >/dev/null
FACTOR=$(backend POST /v1/users/u-1/factors -d '{"type":"totp"}' | field factor_id)
SHOWN=$(backend GET /v1/sandbox/users/u-1/code)
backend POST "/v1/users/u-1/factors/$FACTOR/confirm" -d "{\"codes\":[\"$(echo "$SHOWN" | field previous)\",\"$(echo "$SHOWN" | field code)\"]}" >/dev/null
backend POST /v1/users/u-1/verify -d "{\"code\":\"$(echo "$SHOWN" | field next)\",\"session_id\":\"s\",\"nonce\":\"n\",\"action\":\"a\",\"first_factor\":[\"pwd\"]}" | field step_up_token
`

// provePasskey adds a passkey to that, in the words of the quickstart.
const provePasskey = `
backend POST /v1/sandbox/clock -d '{"advance_seconds":60}' >/dev/null
CODE=$(backend GET /v1/sandbox/users/u-1/code | field code)
PROOF=$(backend POST /v1/users/u-1/verify -d "{\"code\":\"$CODE\",\"audience\":\"countersign\"}" | field step_up_token)
BEGUN=$(backend POST /v1/users/u-1/factors -H "Step-Up-Token: $PROOF" -d '{"type":"passkey"}')
MADE=$(echo "$BEGUN" | sed 's/.*"passkey":\({.*}}\).*/\1/' | backend POST /v1/sandbox/users/u-1/passkey -d @-)
backend POST "/v1/users/u-1/factors/$(echo "$BEGUN" | field factor_id)/confirm" -d "{\"passkey\":$MADE,\"session_id\":\"s\",\"nonce\":\"n\",\"action\":\"a\",\"first_factor\":[\"pwd\"]}" | field step_up_token
`

func TestTheVerifierOfTheQuickstartTakesAPasskeyForACodeAndNotTheOtherWayRound(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	tokens := strings.Fields(server.shell(t, shellBlocks(readPage(t, "docs/quickstart.md"))[0].body+enrollAndVerify+provePasskey))
	keys, err := FetchKeys(t.Context(), server.url+"/.well-known/jwks-sandbox.json")
	if err != nil || len(tokens) != 2 {
		t.Fatalf("%d tokens, %v", len(tokens), err)
	}
	v := Verifier{Tenant: "demo", Issuer: server.url + "/demo", Audience: "demo", Keys: keys}
	code, passkey := tokens[0], tokens[1]
	for _, test := range []struct {
		token string
		acr   []string
		good  bool
	}{
		{passkey, []string{"urn:countersign:acr:aal2"}, true},
		{passkey, []string{"phr"}, true},
		{passkey, []string{"urn:countersign:acr:recovery"}, false},
		{code, []string{"phr"}, false},
	} {
		claims, err := v.Check(t.Context(), test.token, Expected{UserID: "u-1", SessionID: "s", Nonce: "n", Action: "a", ACR: test.acr, MaxAge: time.Minute})
		if (err == nil) != test.good {
			t.Errorf("%s where %q will do: %v", claims.ACR, test.acr, err)
		}
	}
}

func TestTheVerifierOfTheQuickstartChecksEveryClaim(t *testing.T) {
	t.Parallel()
	server := startDevelopment(t)
	token := strings.TrimSpace(server.shell(t, shellBlocks(readPage(t, "docs/quickstart.md"))[0].body+enrollAndVerify))
	keys, err := FetchKeys(t.Context(), server.url+"/.well-known/jwks-sandbox.json")
	if err != nil {
		t.Fatal(err)
	}
	good := Verifier{Tenant: "demo", Issuer: server.url + "/demo", Audience: "demo", Keys: keys}
	want := Expected{
		UserID: "u-1", SessionID: "s", Nonce: "n", Action: "a",
		ACR: []string{"urn:countersign:acr:aal2"}, MaxAge: time.Minute,
	}
	claims, err := good.Check(t.Context(), token, want)
	if err != nil || claims.Method != "totp" || fmt.Sprint(claims.AMR) != "[pwd otp mfa]" {
		t.Fatalf("a good token: %+v, %v", claims, err)
	}
	for name, spoil := range map[string]func(*Verifier, *Expected){
		"another tenant":       func(v *Verifier, _ *Expected) { v.Tenant = "acme" },
		"another issuer":       func(v *Verifier, _ *Expected) { v.Issuer = server.url + "/other" },
		"another audience":     func(v *Verifier, _ *Expected) { v.Audience = "countersign" },
		"another user":         func(_ *Verifier, e *Expected) { e.UserID = "u-2" },
		"another session":      func(_ *Verifier, e *Expected) { e.SessionID = "t" },
		"another nonce":        func(_ *Verifier, e *Expected) { e.Nonce = "" },
		"another action":       func(_ *Verifier, e *Expected) { e.Action = "b" },
		"another assurance":    func(_ *Verifier, e *Expected) { e.ACR = []string{"urn:countersign:acr:recovery"} },
		"a proof too long ago": func(_ *Verifier, e *Expected) { e.MaxAge = -time.Hour },
	} {
		verifier, expected := good, want
		spoil(&verifier, &expected)
		if _, err := verifier.Check(t.Context(), token, expected); err == nil {
			t.Errorf("%s: the token was accepted", name)
		}
	}
	if _, err := good.Check(t.Context(), token[:len(token)-8]+"AAAAAAAA", want); err == nil {
		t.Error("a forged signature was accepted")
	}
}
