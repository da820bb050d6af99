package e2e_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A host's engineer takes a user from nothing to a login, a lost phone and back.
// The log tells all it can, statements too, and no secret.
func TestJourney(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		s.env = append(s.env, "COUNTERSIGN_LOG_LEVEL=debug")
		replica := s.serve(t)
		h := host{replica, s.createTenant(t, "acme", "--audience", "portal")} // beside a running server
		h.putUser(t, "ada")
		h.decide(t, "ada", "allow", "not_enrolled")

		p, recovery := h.enrollByQR(t, "ada")
		token := h.logsIn(t, "ada", p)
		h.recovers(t, "ada", recovery)

		h.call(t, "POST", "/v1/users/ada/disable", `{"recovery_code":"`+recovery[1]+`"}`).must(204)
		h.decide(t, "ada", "allow", "not_enrolled")
		h.auditTells(t, "enrollment.confirmed", "verification", "two_factor.disabled", "token.consumed")
		replica.stop()
		replica.keepsQuietOf(t, append(recovery, p.secret, h.bearer, token)...)
	})
}

func (r *server) keepsQuietOf(t *testing.T, secrets ...string) {
	t.Helper()
	log := r.log.String()
	if !strings.Contains(log, "SELECT") {
		t.Errorf("no statement is in the log at level debug:\n%s", log)
	}
	for _, secret := range secrets {
		for _, spelling := range []string{secret, strings.ToLower(secret), strings.ReplaceAll(secret, "-", "")} {
			if strings.Contains(log, spelling) {
				t.Errorf("%q is in the log", spelling)
			}
		}
	}
}

func (h host) decide(t *testing.T, user, decision, reason string) answer {
	t.Helper()
	a := h.call(t, "POST", "/v1/decisions", `{"user_id":"`+user+`","first_factor":["pwd"],"session_id":"s-1"}`).must(200)
	if a.get("decision") != decision || a.get("reason") != reason {
		t.Fatalf("decided %s, want %s, %s", a.text, decision, reason)
	}
	return a
}

// enrollByQR enrolls a phone that knows nothing but the QR code.
func (h host) enrollByQR(t *testing.T, user string) (phone, []string) {
	t.Helper()
	begun := h.call(t, "POST", "/v1/users/"+user+"/factors", `{"type":"totp","name":"phone"}`).must(201)
	factor := "/v1/users/" + user + "/factors/" + begun.get("factor_id")
	shown := begun.part("totp")
	scanned := readQR(t, imageFile(t, dataURI(t, shown.get("qr_png"), "image/png")))
	if scanned != shown.get("otpauth_uri") {
		t.Fatalf("the QR code says %q, want %q", scanned, shown.get("otpauth_uri"))
	}
	wellFormed(t, dataURI(t, shown.get("qr_svg"), "image/svg+xml"))
	wellFormed(t, h.call(t, "GET", factor+"/qr", "", "-H", "Accept: image/svg+xml").must(200).text)
	h.qrFileSays(t, factor+"/qr", scanned)

	p := newPhone(t, secretOf(t, scanned))
	if p.secret != shown.get("secret") {
		t.Fatal("the QR code holds another secret than the one to type")
	}
	h.call(t, "POST", factor+"/confirm", codes(p.code(0), p.code(-1))).refused(422, "code_invalid") // reversed
	confirmed := h.call(t, "POST", factor+"/confirm", codes(p.code(-1), p.code(0))).must(200)
	recovery := confirmed.list("recovery_codes")
	if len(recovery) != 8 {
		t.Fatalf("%d recovery codes, want 8", len(recovery))
	}
	h.call(t, "POST", factor+"/confirm", codes(p.code(-1), p.code(0))).refused(409, "factor_not_pending")
	return p, recovery
}

// logsIn goes through the browser: the host's decision brings a ticket, with
// which the page verifies. It returns the token that this earned.
func (h host) logsIn(t *testing.T, user string, p phone) string {
	t.Helper()
	browser := h.as(h.decide(t, user, "challenge", "enrolled").get("ticket"))
	browser.verify(t, user, code(p.code(0))).refused(422, "code_invalid") // spent by the confirm
	browser.verify(t, user, code("12345")).refused(400, "invalid_request")
	proven := browser.verify(t, user, code(p.code(1))).must(200)
	browser.verify(t, user, code(p.code(1))).refused(422, "code_invalid")

	token := proven.get("step_up_token")
	h.signed(t, token)
	h.call(t, "POST", "/v1/tokens/introspect", `{"token":"`+token+`"}`).must(200)
	claims := h.call(t, "POST", "/v1/tokens/consume", `{"token":"`+token+`"}`).must(200)
	if claims.get("iss") != issuer+"/acme" || claims.get("sub") != user || claims.get("session_id") != "s-1" {
		t.Errorf("the token states %s", claims.text)
	}
	h.call(t, "POST", "/v1/tokens/consume", `{"token":"`+token+`"}`).refused(409, "token_consumed")
	return token
}

// signed fails unless the key that the token names is published.
func (h host) signed(t *testing.T, token string) {
	t.Helper()
	head, err := base64.RawURLEncoding.DecodeString(strings.SplitN(token, ".", 2)[0])
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(head, &header); err != nil {
		t.Fatal(err)
	}
	if jwks := curl(t, "", "GET", h.url+"/.well-known/jwks.json", "").must(200); header.Kid == "" || !strings.Contains(jwks.text, header.Kid) {
		t.Errorf("the key of %s is not among %s", head, jwks.text)
	}
}

// recovers logs in without the phone.
func (h host) recovers(t *testing.T, user string, recovery []string) {
	t.Helper()
	body := `{"recovery_code":"` + strings.ToLower(recovery[0]) + `"}`
	a := h.verify(t, user, body).must(200)
	if a.get("method") != "recovery_code" || a.get("recovery_codes_remaining") != "7" {
		t.Errorf("recovered with %s", a.text)
	}
	h.verify(t, user, body).refused(422, "code_invalid")
}

func (h host) auditTells(t *testing.T, actions ...string) {
	t.Helper()
	events := h.call(t, "GET", "/v1/audit-events?limit=200", "").must(200).text
	for _, action := range actions {
		if !strings.Contains(events, `"`+action+`"`) {
			t.Errorf("no %s in %s", action, events)
		}
	}
}

func dataURI(t *testing.T, uri, mediaType string) string {
	t.Helper()
	encoded, ok := strings.CutPrefix(uri, "data:"+mediaType+";base64,")
	if !ok {
		t.Fatalf("not a data URI of %s: %.60s", mediaType, uri)
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func imageFile(t *testing.T, image string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(path, []byte(image), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// qrFileSays reads the QR code that is served as a file.
func (h host) qrFileSays(t *testing.T, path, want string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "qr.png")
	h.call(t, "GET", path, "", "-H", "Accept: image/png", "-o", file).must(200)
	if got := readQR(t, file); got != want {
		t.Errorf("the QR code of %s says %q, want %q", path, got, want)
	}
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	var names []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the SVG is not well-formed: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			names = append(names, start.Name.Local)
		}
	}
	if len(names) == 0 || names[0] != "svg" || !slices.Contains(names, "path") {
		t.Errorf("the SVG holds %v", names)
	}
}

var base32Secret = regexp.MustCompile(`^[A-Z2-7]{32}$`)

// secretOf reads the URI as an authenticator does, with all that it may ignore.
func secretOf(t *testing.T, uri string) string {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || !base32Secret.MatchString(u.Query().Get("secret")) {
		t.Fatalf("not an otpauth URI with a 160-bit secret: %q, %v", uri, err)
	}
	return u.Query().Get("secret")
}
