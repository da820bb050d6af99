package webhook

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

// The vector is that of the specification's libraries.
func TestASignatureIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	s := Secret{new([32]byte)}
	copy(s.key[:], key)
	// HMAC pads a short key with zeros, so that 24 bytes and 32 with zeros sign alike.
	got := s.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

func TestASecretIsPrefixedBase64OfThirtyTwoRandomBytes(t *testing.T) {
	t.Parallel()
	one, other := NewSecret(), NewSecret()
	text, prefixed := strings.CutPrefix(one.Text(), "whsec_")
	bytes, err := base64.StdEncoding.DecodeString(text)
	if !prefixed || err != nil || len(bytes) != 32 || one.Text() == other.Text() {
		t.Errorf("%s and %s, %v", one.Text(), other.Text(), err)
	}
	if parsed, err := ParseSecret(one.Bytes()); err != nil || parsed.Text() != one.Text() {
		t.Errorf("read back as another: %v", err)
	}
	if _, err := ParseSecret(bytes[1:]); err == nil {
		t.Error("31 bytes are a secret")
	}
}

func TestASecretDoesNotPrint(t *testing.T) {
	t.Parallel()
	s, err := ParseSecret([]byte("SENTINELSENTINELSENTINELSENTINEL"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(map[string]any{"secret": s})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(document), s.LogValue().String()}
	holder := signer{secret: s, previous: &s} // fmt cannot call methods in there
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, s); got != "[webhook secret]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		texts = append(texts, fmt.Sprintf(verb, holder), fmt.Sprintf(verb, &holder))
	}
	for _, text := range texts {
		if strings.Contains(text, "SENTINEL") || strings.Contains(text, "83 69 78") || strings.Contains(text, "53454e54") || strings.Contains(text, "0x53, 0x45") {
			t.Errorf("it prints as %s", text)
		}
	}
}

// Who gets hold of a delivery learns where to ask, and no more.
func TestAPayloadIsThin(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 3, 20, 26, 10, 344522000, time.UTC)
	event := domain.Event{
		TenantID: "acme", ID: "0193", At: at, Action: domain.ActionEnrollmentConfirmed, Outcome: domain.OutcomeSuccess, UserID: "ada", FactorID: "fct_1",
		Actor: domain.Actor{Type: domain.ActorTicket, ID: "tkt", UserID: "bob"}, Address: "192.0.2.1", RequestID: "req", Reason: "why", Details: map[string]string{"a": "b"},
	}
	about := event
	about.UserID, about.FactorID = "", ""
	for want, e := range map[string]domain.Event{
		`{"type":"enrollment.confirmed","timestamp":"2026-11-03T20:26:10.344522Z","data":{"event_id":"0193","tenant":"acme","user_id":"ada","outcome":"success","factor_id":"fct_1"}}`: event,
		`{"type":"enrollment.confirmed","timestamp":"2026-11-03T20:26:10.344522Z","data":{"event_id":"0193","tenant":"acme","outcome":"success"}}`:                                     about,
	} {
		got, err := payload(e)
		if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestForADayAfterARotationBothSecretsSign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		s.lookInterval, s.Lease = time.Minute, time.Hour
		defer s.send(t.Context(), quiet())()
		first, err := s.open(Key{"acme", "wh_acme"}, m.hook("acme").Secret)
		if err != nil {
			t.Fatal(err)
		}
		hook, second, err := s.RotateSecret(t.Context(), domain.Operator{}, "wh_acme")
		if err != nil || !hook.PreviousUntil.Equal(time.Now().Add(24*time.Hour)) {
			t.Fatal(hook.PreviousUntil, err)
		}
		time.Sleep(time.Hour)
		m.commit("acme", "a")
		time.Sleep(23*time.Hour - time.Minute)
		m.commit("acme", "b")
		if m.hook("acme").PreviousSecret == nil {
			t.Error("the secret that signs still is erased")
		}
		time.Sleep(time.Hour)
		if got := m.hook("acme"); got.PreviousSecret != nil || !got.PreviousUntil.IsZero() {
			t.Errorf("the secret that signs no more is kept, until %v", got.PreviousUntil)
		}
		m.commit("acme", "c")
		time.Sleep(time.Minute)
		wantIDs(t, r, "a", "b", "c")
		for i, secrets := range [][]Secret{{second, first}, {second, first}, {second}} {
			var want []string
			for _, secret := range secrets {
				want = append(want, secret.sign(r.all[i].ID, r.all[i].Timestamp, r.all[i].Body))
			}
			if diff := cmp.Diff(strings.Join(want, " "), r.all[i].Signature); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r.all[i].ID, diff)
			}
		}
	})
}

func TestAWebhookIsToldOfTheTypesThatItNamesAndOfNoOther(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		types []string
		wants []domain.Action
		not   []domain.Action
		wrong bool
	}{
		{nil, []domain.Action{"verification", "policy.changed", "enrollment.confirmed"}, nil, false},
		{[]string{"enrollment.*"}, []domain.Action{"enrollment.begun", "enrollment.confirmed"}, []domain.Action{"verification", "enrollments"}, false},
		{[]string{"verification", "lane.locked"}, []domain.Action{"verification", "lane.locked"}, []domain.Action{"verification.x", "enrollment.begun"}, false},
		{[]string{"enrollment.confirmed"}, []domain.Action{"enrollment.confirmed"}, []domain.Action{"enrollment.confirmed_by_service_key"}, false},
		{types: []string{"verification", "nonsense"}, wrong: true},
		{types: []string{"nonsense.*"}, wrong: true},
		{types: []string{"*"}, wrong: true},
		{types: []string{"enroll*"}, wrong: true},
		{types: []string{"*.confirmed"}, wrong: true},
		{types: []string{".*"}, wrong: true},
		{types: []string{""}, wrong: true},
		{types: []string{"enrollment"}, wrong: true},
	} {
		if err := CheckTypes(test.types); (err != nil) != test.wrong {
			t.Errorf("%q: %v", test.types, err)
		}
		w := Webhook{Types: test.types}
		for _, action := range test.wants {
			if !w.Wants(action) {
				t.Errorf("%q does not want %s", test.types, action)
			}
		}
		for _, action := range test.not {
			if w.Wants(action) {
				t.Errorf("%q wants %s", test.types, action)
			}
		}
	}
}

// The key that sealed it was removed from the keyset: a rotation is the natural repair.
func TestAReplacedSecretThatDoesNotOpenIsLeftOutAndLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme", "over")
		for i := range m.hooks {
			m.hooks[i].PreviousSecret, m.hooks[i].PreviousUntil = []byte("sealed by a key that is gone"), time.Now().Add(PreviousFor)
		}
		m.hooks[1].PreviousUntil = time.Now()
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		m.commit("acme", "a")
		m.commit("over", "b")
		time.Sleep(time.Minute)
		m.mu.Lock()
		m.hooks[0].Revision++ // so that another worker begins
		m.mu.Unlock()
		m.commit("acme", "c")
		time.Sleep(time.Minute)
		answer, err := s.Test(t.Context(), "wh_acme")
		stop()
		if err != nil || !answer.Delivered() || len(r.ids()) != 4 || strings.Contains(r.all[0].Signature, " ") {
			t.Errorf("sent %v, and as a test: %+v, %v", r.ids(), answer, err)
		}
		if lines := strings.Count(log.String(), "\n"); lines != 1 || !strings.Contains(log.String(), "replaced secret") || !strings.Contains(log.String(), "acme") {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}

func TestAWebhookWhoseSecretDoesNotOpenIsToldNothingAndLoggedOnceUntilItIsRotated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var m memory
		var log strings.Builder
		r := newReceiver(nil)
		s := installation(t, &m, r, "acme")
		m.hooks[0].Secret = []byte("sealed by a key that is gone")
		m.commit("acme", "a")
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(time.Minute)
		wantIDs(t, r)
		if _, _, err := s.RotateSecret(t.Context(), domain.Operator{}, "wh_acme"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		wantIDs(t, r, "a")
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		for i, part := range []string{"told nothing", "the secret of a webhook is read again", "replaced secret"} {
			if len(lines) != 3 || !strings.Contains(lines[i], part) {
				t.Fatalf("want three lines, and in %d %q:\n%s", i, part, log.String())
			}
		}
	})
}

func TestASecretThatCannotBeErasedHoldsUpNothingAndIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		m := &partly{memory: &memory{}, part: "erase", err: errors.New("gone")}
		r := newReceiver(nil)
		s := installation(t, m.memory, r, "acme", "other")
		s.Store = m
		for i := range m.hooks {
			m.hooks[i].PreviousSecret, m.hooks[i].PreviousUntil = []byte("sealed"), time.Now()
		}
		m.commit("acme", "a")
		m.deliveries[m.hooks[0].Key][1] = Delivery{Position: 1, Tries: 1, NextAt: time.Now()}
		m.hooks[0].Position = 1
		stop := s.send(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(time.Minute)
		wantIDs(t, r, "a")
		if m.hook("acme").PreviousSecret == nil || m.hook("other").PreviousSecret != nil {
			t.Error("one is to be erased, and the other is not")
		}
		m.mu.Lock()
		m.err = nil
		m.mu.Unlock()
		time.Sleep(time.Minute)
		stop()
		if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "cannot be erased") || !strings.Contains(lines[1], "is erased") {
			t.Errorf("logged:\n%s", log.String())
		}
		if m.hook("acme").PreviousSecret != nil {
			t.Error("it is kept")
		}
	})
}
