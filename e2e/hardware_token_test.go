package e2e_test

import (
	"encoding/base32"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/factortest"
	"github.com/countersign/countersign/service/domain"
)

// hardwareToken is a device of any parameters, in the hands of a sandbox's user: oathtool, which knows nothing of the
// service but the secret.
type hardwareToken struct {
	host
	userID, factorID string
	device           factortest.Device
}

// brings gives a new user an imported factor.
func (h host) brings(t *testing.T, s site, tenant, userID string, d factortest.Device) hardwareToken {
	t.Helper()
	h.putUser(t, userID)
	url, keyset := s.setting("COUNTERSIGN_DATABASE_URL"), s.setting("COUNTERSIGN_KEYSET")
	if url == "" {
		url, keyset = "sqlite:"+filepath.Join(s.dir, "data", "countersign.db"), filepath.Join(s.dir, "data", "countersign.keyset")
	}
	id, err := factortest.AddTo(t.Context(), url, keyset, domain.UserKey{TenantID: tenant, UserID: userID}, d)
	if err != nil {
		t.Fatal(err)
	}
	return hardwareToken{host: h, userID: userID, factorID: id, device: d}
}

// advance sets the sandbox's clock on, by whole seconds and at least that much, and tells the time.
func (k hardwareToken) advance(t *testing.T, by time.Duration) time.Time {
	t.Helper()
	told := k.call(t, "POST", "/v1/sandbox/clock", fmt.Sprintf(`{"advance_seconds":%d}`, (by+time.Second-1)/time.Second)).must(200)
	now, err := time.Parse(time.RFC3339, told.get("now"))
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// atStart waits for the beginning of a step, so that what is computed for now is now.
func (k hardwareToken) atStart(t *testing.T) time.Time {
	t.Helper()
	now := k.advance(t, 0)
	return k.advance(t, now.Truncate(k.device.Period).Add(k.device.Period).Sub(now))
}

func (k hardwareToken) code(t *testing.T, at time.Time) string {
	t.Helper()
	d := k.device
	shown := output(t, exec.Command(tool(t, "oathtool", "oathtool"), "--totp="+string(d.Algorithm), "-b",
		"-d", fmt.Sprint(d.Digits), "-s", fmt.Sprintf("%ds", d.Period/time.Second), "-N", fmt.Sprintf("@%d", at.Unix()),
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(d.Secret)))
	if len(shown) != d.Digits {
		t.Fatalf("a code of %d digits, want %d", len(shown), d.Digits)
	}
	return shown
}

func (k hardwareToken) driftSteps(t *testing.T) int64 {
	t.Helper()
	listed := k.call(t, "GET", "/v1/users/"+k.userID+"/factors", "").must(200).body["factors"].([]any)[0].(map[string]any)["totp"].(map[string]any)
	want := map[string]any{"algorithm": string(k.device.Algorithm), "digits": float64(k.device.Digits), "period_seconds": k.device.Period.Seconds()}
	for name, value := range want {
		if listed[name] != value {
			t.Errorf("%s is %v, want %v", name, listed[name], value)
		}
	}
	return int64(listed["drift_steps"].(float64))
}

func (k hardwareToken) resync(t *testing.T, first time.Time) answer {
	t.Helper()
	return k.call(t, "POST", "/v1/users/"+k.userID+"/factors/"+k.factorID+"/resync",
		codes(k.code(t, first), k.code(t, first.Add(k.device.Period))))
}

func TestHardwareTokensOfOtherParametersLogIn(t *testing.T) {
	onBothEngines(t, func(t *testing.T, s site) {
		key := s.createTenant(t, "box", "--sandbox")
		h := host{s.serve(t), key}
		for name, device := range map[string]factortest.Device{"token": factortest.Token(), "quick": factortest.Quick(), "plain": factortest.Plain()} {
			k := h.brings(t, s, "box", name, device)
			k.logsInOnce(t)
			k.driftsTenMinutes(t)
			k.isResynced(t)
		}
	})
}

func (k hardwareToken) logsInOnce(t *testing.T) {
	t.Helper()
	right := k.code(t, k.atStart(t))
	k.verify(t, k.userID, code(right)).must(200)
	k.verify(t, k.userID, code(right)).refused(422, "code_invalid")
}

// driftsTenMinutes lets the device run ahead by one step a login, as far as a drift is followed.
func (k hardwareToken) driftsTenMinutes(t *testing.T) {
	t.Helper()
	period, most := k.device.Period, int64(10*time.Minute/k.device.Period)
	for ahead := int64(1); ahead <= most+1; ahead++ {
		k.advance(t, period)
		now := k.atStart(t)
		k.verify(t, k.userID, code(k.code(t, now.Add(time.Duration(ahead)*period)))).must(200)
		if drift := k.driftSteps(t); drift != min(ahead, most) {
			t.Fatalf("%s: ahead by %d steps, the drift is %d", k.userID, ahead, drift)
		}
	}
	k.advance(t, period)
	k.verify(t, k.userID, code(k.code(t, k.atStart(t).Add(time.Duration(most+2)*period)))).refused(422, "code_invalid")
}

// isResynced teaches that the clock is ten minutes behind, after a pair that lies further off.
func (k hardwareToken) isResynced(t *testing.T) {
	t.Helper()
	period, most := k.device.Period, int64(10*time.Minute/k.device.Period)
	k.advance(t, time.Hour)
	now := k.atStart(t)
	k.resync(t, now.Add(-time.Duration(most+1)*period)).refused(422, "code_invalid")
	first := now.Add(-time.Duration(most) * period)
	answered := k.resync(t, first).must(200)
	if drift := k.driftSteps(t); drift != 1-most || answered.body["step_up_token"] != nil {
		t.Errorf("%s: the drift is %d: %s", k.userID, drift, answered.text)
	}
	next, err := time.Parse(time.RFC3339, answered.get("next_code_at"))
	if want := now.Truncate(period).Add(2 * period); err != nil || !next.Equal(want) {
		t.Errorf("%s: the next code counts at %s, want %s: %v", k.userID, next, want, err)
	}
	k.verify(t, k.userID, code(k.code(t, first.Add(2*period)))).refused(422, "code_invalid") // spent with the pair
	k.advance(t, 2*period)
	k.verify(t, k.userID, code(k.code(t, first.Add(3*period)))).must(200)
	if strings.Contains(answered.text, k.code(t, first)) {
		t.Errorf("the answer repeats a code: %s", answered.text)
	}
}
