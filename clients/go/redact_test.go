package countersign_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
)

// host is a struct of the host's that holds a client, and is printed.
type host struct {
	Name     string
	Client   *countersign.Client
	Value    countersign.Client
	unseen   *countersign.Client
	unseenBy countersign.Client
}

func TestNoPrintShowsTheServiceKey(t *testing.T) {
	t.Parallel()
	c, _ := client(t, cut)
	proven := c.WithStepUp("sentinel")
	printed := prints(c) + prints(*c) + prints(proven) + prints(host{"h", c, *c, proven, *proven}) + prints(&host{"h", c, *c, proven, *proven})
	if strings.Contains(printed, "sentinel") || strings.Contains(printed, fmt.Sprintf("%x", "sentinel")) {
		t.Errorf("printed:\n%s", printed)
	}
	if !strings.Contains(fmt.Sprint(c), "https://2fa.example.com") {
		t.Errorf("prints as %v", c)
	}
}

// prints is what a value looks like in every way that it may get into a log.
func prints(value any) string {
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		fmt.Fprintf(&all, verb+"\n", value)
	}
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&all, nil), slog.NewTextHandler(&all, nil)} {
		slog.New(handler).Info("it", "value", value)
	}
	fmt.Fprintln(&all, fmt.Errorf("it: %v", value))
	return all.String()
}

// fill puts the sentinel into every text of a value.
func fill(value reflect.Value) {
	switch value.Kind() {
	case reflect.String:
		value.SetString("sentinel")
	case reflect.Struct:
		for i := range value.NumField() {
			if value.Field(i).CanSet() {
				fill(value.Field(i))
			}
		}
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem())
	case reflect.Slice:
		if value.Type() == reflect.TypeFor[json.RawMessage]() {
			value.SetBytes([]byte(`"sentinel"`))
			return
		}
		value.Set(reflect.MakeSlice(value.Type(), 1, 1))
		fill(value.Index(0))
	}
}

func TestWhatHoldsASecretDoesNotPrintIt(t *testing.T) {
	t.Parallel()
	for _, value := range []any{
		&countersign.Ticket{}, &countersign.SandboxCode{}, &countersign.VerifyRequest{}, &countersign.ConfirmRequest{},
		&countersign.ResyncRequest{}, &countersign.DisableRequest{}, &countersign.Resync{},
		&countersign.PasskeyEnrollment{}, &countersign.PasskeyRegistration{}, &countersign.PasskeyOptions{}, &countersign.VerifyOptions{},
		&countersign.PasskeyAssertion{}, &countersign.SandboxPasskeyRequest{}, &countersign.SandboxPasskey{},
	} {
		fill(reflect.ValueOf(value).Elem())
		unprinted(t, value)
	}
	unprinted(t, &countersign.Decision{Ticket: "sentinel"})
	unprinted(t, &countersign.FactorLine{UserID: "ada", Secret: "sentinel"})
	unprinted(t, &countersign.Verification{StepUpToken: "sentinel"})
	unprinted(t, &countersign.GivenAccessPass{AccessPass: "sentinel"})
	unprinted(t, &countersign.Confirmation{StepUpToken: "sentinel", RecoveryCodes: []string{"sentinel"}})
	app := countersign.TOTPEnrollment{}
	fill(reflect.ValueOf(&app).Elem())
	unprinted(t, &countersign.Enrollment{Totp: &app})
	unprinted(t, &countersign.Enrollment{Passkey: &countersign.PasskeyEnrollment{CreationOptions: json.RawMessage(`"sentinel"`)}})
	unprinted(t, &app)
	held := struct {
		Begun countersign.Enrollment
		App   *countersign.TOTPEnrollment
	}{countersign.Enrollment{Totp: &app}, &app}
	if printed := fmt.Sprintf("%v %+v %#v", held, held, held); strings.Contains(printed, "sentinel") {
		t.Errorf("a struct of the host's prints %s", printed)
	}
}

// unprinted tries a pointer and what it points to. The JSON for the browser is whole.
func unprinted(t *testing.T, pointer any) {
	t.Helper()
	value := reflect.ValueOf(pointer).Elem().Interface()
	if printed := prints(value) + prints(pointer); strings.Contains(printed, "sentinel") {
		t.Errorf("%T prints:\n%s", value, printed)
	}
	if text, err := json.Marshal(value); err != nil || !strings.Contains(string(text), "sentinel") {
		t.Errorf("%T as JSON: %s, %v", value, text, err)
	}
}

// A URL has user ids in it, and a reason.
func TestNoErrorTellsWhatWasSent(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]answer{"a lost connection": cut, "a page": says(200, "text/html", "<html>"), "404": says(404, "text/html", "")} {
		c, _ := client(t, answer)
		c = c.WithStepUp("sentinel")
		ctx := context.Background()
		for _, err := range []error{
			c.RemoveFactor(ctx, "sentinel", "sentinel", "sentinel"),
			c.DisableTwoFactor(ctx, "sentinel", countersign.DisableRequest{Code: "sentinel"}),
			do(c.Verify(ctx, "sentinel", countersign.VerifyRequest{RecoveryCode: "sentinel"})),
			do(c.Verify(ctx, "sentinel", countersign.VerifyRequest{AccessPass: "sentinel"})),
			do(c.GiveAccessPass(ctx, "sentinel", countersign.AccessPassRequest{Reason: "sentinel"})),
			c.EndAccessPass(ctx, "sentinel"),
			do(c.ConsumeToken(ctx, "sentinel")),
			do(c.ImportUsers(ctx, slices.Values([]countersign.UserLine{{UserID: "sentinel"}}))),
			do(c.ImportFactors(ctx, slices.Values([]countersign.FactorLine{{UserID: "sentinel", Secret: "sentinel"}}))),
			do(c.GetUser(ctx, "sentinel\x00\xff")),
		} {
			if err == nil || strings.Contains(prints(err), "sentinel") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
