package e2e_test

import (
	"strings"
	"testing"
)

func TestRestartKeepsDataAndKeys(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "acme")
		before := host{s.serve(t), key}
		p, _ := before.enroll(t, "ada")
		token := before.verify(t, "ada", code(p.code(1))).must(200).get("step_up_token")
		jwks := curl(t, "", "GET", before.url+"/.well-known/jwks.json", "").must(200).text
		before.stop()

		after := host{s.serve(t), key}
		if got := curl(t, "", "GET", after.url+"/.well-known/jwks.json", "").must(200).text; got != jwks {
			t.Errorf("the published keys were\n%s\nand are\n%s", jwks, got)
		}
		after.signed(t, token)
		if a := after.call(t, "POST", "/v1/tokens/introspect", `{"token":"`+token+`"}`).must(200); a.get("active") != "true" {
			t.Errorf("a token of before is %s", a.text)
		}
		after.verify(t, "ada", code(p.code(1))).refused(422, "code_invalid")
		after.stop()
	})
}

// What was answered is on disk: a code that logged in stays spent, although the
// process had no moment to write anything more.
func TestSpentCodeStaysSpentAfterSIGKILL(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "acme")
		before := host{s.serve(t), key}
		p, recovery := before.enroll(t, "ada")
		before.verify(t, "ada", code(p.code(1))).must(200)
		before.verify(t, "ada", `{"recovery_code":"`+recovery[0]+`"}`).must(200)
		before.kill()

		after := host{s.serve(t), key}
		after.verify(t, "ada", code(p.code(1))).refused(422, "code_invalid")
		after.verify(t, "ada", `{"recovery_code":"`+recovery[0]+`"}`).refused(422, "code_invalid")
		after.verify(t, "ada", `{"recovery_code":"`+recovery[1]+`"}`).must(200)
	})
}

// Keys are rotated beside a running server, which signs with the new one soon
// after, and what the old one signed holds.
func TestRotationNeedsNoRestart(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "acme")
		h := host{s.serve(t), key}
		_, recovery := h.enroll(t, "ada")
		old := h.verify(t, "ada", `{"recovery_code":"`+recovery[0]+`"}`).must(200).get("step_up_token")
		s.command(t, "keys", "rotate")
		fresh := strings.Count(s.command(t, "keys", "list"), "\n")
		eventually(t, "the new key is published", func() bool {
			jwks := curl(t, "", "GET", h.url+"/.well-known/jwks.json", "").must(200)
			keys, ok := jwks.body["keys"].([]any)
			return ok && len(keys) == 3
		})
		h.signed(t, old)
		h.signed(t, h.verify(t, "ada", `{"recovery_code":"`+recovery[1]+`"}`).must(200).get("step_up_token"))
		if fresh != 10 {
			t.Errorf("keys list has %d lines after the first rotation, want a head and 10 keys", fresh+1)
		}
	})
}
