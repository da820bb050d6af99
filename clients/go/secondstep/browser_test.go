package secondstep_test

import (
	"strings"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
)

func TestABrowserIsRememberedWhereThePersonAsksForItAndTheHostKeepsOne(t *testing.T) {
	t.Parallel()
	const remembered = "/v1/users/u1/remembered-browsers"
	const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	for name, test := range map[string]struct {
		body, issued string
		browser      *countersign.BrowserCookie
		asked, kept  bool
	}{
		"asked for":              {`{"remember_browser":true}`, `{"browser_id":"b1","secret":"csb_x","expires_at":"2099-01-01T00:00:00Z"}`, &countersign.BrowserCookie{}, true, true},
		"not asked for":          {`{}`, "", &countersign.BrowserCookie{}, false, false},
		"the service cannot":     {`{"remember_browser":true}`, "", &countersign.BrowserCookie{}, true, false},
		"a host that keeps none": {`{"remember_browser":true}`, "", nil, false, false},
	} {
		s := newService(t)
		s.says(decisions, challenge)
		s.says(remembered, test.issued)
		h := hostOf(t, s)
		h.Browser = test.browser
		answer := post(h, "/login/second-step", test.body, "Step-Up-Token", s.token(t, nil), "User-Agent", agent)
		kept := strings.Contains(answer.Header().Get("Set-Cookie"), "csb_x")
		heard := s.heard(remembered)
		if answer.Code != 204 || len(h.opened) != 1 || kept != test.kept || len(heard) > 0 != test.asked {
			t.Errorf("%s: %d, opened %d times, kept %v, asked %s", name, answer.Code, len(h.opened), kept, heard)
		}
		if test.asked && !strings.Contains(heard[0], `"name":"Firefox on Linux"`) {
			t.Errorf("%s: asked %s", name, heard[0])
		}
		if _, offered := read(t, post(h, "/login/ticket", ""))["remember_browser_days"]; offered != (test.browser != nil) {
			t.Errorf("%s: offered %v", name, offered)
		}
	}
}

func TestARememberedBrowserShowsItsSecretAndKeepsTheNext(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.says(decisions, `{"decision":"allow","reason":"remembered_browser","remembered_browser":{"secret":"csb_next","expires_at":"2099-01-01T00:00:00Z"}}`)
	h := hostOf(t, s)
	answer := post(h, "/login/ticket", "", "Cookie", "__Host-countersign-browser=csb_before")
	if asked := s.heard(decisions); answer.Code != 200 || len(h.opened) != 1 || !strings.Contains(asked[0], `"remembered_browser":"csb_before"`) {
		t.Errorf("%d, opened %d times, asked %s", answer.Code, len(h.opened), asked)
	}
	if cookie := answer.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "__Host-countersign-browser=csb_next") {
		t.Errorf("kept %q", cookie)
	}
	if h.opened[0].Decision.Reason != countersign.DecisionReasonRememberedBrowser || h.opened[0].Claims != nil {
		t.Errorf("opened with %v", h.opened[0].Decision)
	}
}
