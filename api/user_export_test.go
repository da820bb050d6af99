package api_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign/countersign/api"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/passkey"
	"github.com/countersign/countersign/service/personaldata"
	"github.com/countersign/countersign/service/totp"
)

// notExported says why what is held is not told to whoever asks. All else is.
var notExported = map[string]string{
	"User.TenantID":                                  "it is the tenant of who asks",
	"User.Incarnation":                               "random: tells the user from one who had the id before",
	"User.Version":                                   "counts changes of the row",
	"User.SecondFactor.Generation":                   "random: what rests on proofs begins with it",
	"User.SecondFactor.TicketEpoch":                  "counts how often tickets became void; the trail says when",
	"User.SecondFactor.Factors.TOTP.Secret":          "a secret, as a ciphertext",
	"User.SecondFactor.Factors.TOTP.LastStep":        "guards against a second use; last_used_at says when",
	"User.SecondFactor.Factors.Passkey.Record":       "a ciphertext; the credential id in it is told",
	"User.SecondFactor.Factors.Passkey.SignCount":    "guards against copies",
	"User.SecondFactor.Factors.Passkey.LastSequence": "guards against a second use",
	"User.SecondFactor.Factors.Unknown":              "of a version to come, which will know what of it is secret",
	"User.SecondFactor.Factors.Pending.Replaces":     "of ten minutes",
	"User.SecondFactor.Factors.Pending.BegunBy":      "of ten minutes: a service key, or the hash of a session",
	"User.SecondFactor.Factors.Pending.StepUpID":     "of ten minutes: the random id of a token",
	"User.SecondFactor.Browsers.KeyID":               "the id of a key of the service",
	"User.SecondFactor.Browsers.Series":              "the MAC of a secret",
	"User.SecondFactor.Browsers.Token":               "the MAC of a secret",
	"User.SecondFactor.Browsers.Previous":            "the MAC of a secret",
	"User.SecondFactor.Browsers.Salt":                "makes a secret",
	"User.SecondFactor.Browsers.Retired.MAC":         "the MAC of a secret",
	"User.SecondFactor.Browsers.Retired.At":          "of a secret that is over; the trail has each use",
	"User.SecondFactor.AccessPass.KeyID":             "the id of a key of the service",
	"User.SecondFactor.AccessPass.MAC":               "the MAC of a secret",
	"User.SecondFactor.AccessPass.GiverGeneration":   "random, and somebody else's",
	"Codes.TenantID":                                 "it is the tenant of who asks",
	"Codes.UserID":                                   "it is told once",
	"Codes.KeyID":                                    "the id of a key of the service",
	"Codes.GeneratedAt":                              "it is told once",
	"Codes.Codes.MAC":                                "the MAC of a secret",
	"Codes.Codes.Sealed":                             "a secret, as a ciphertext",
	"Event.TenantID":                                 "it is the tenant of who asks",
}

// held is all that is stored about one person.
type held struct {
	User  domain.User
	Codes domain.RecoveryCodeSet
	Event domain.Event
}

// Each thing that is stored is changed in turn: what is exported changes the document,
// and what is left out does not.
func TestEverythingHeldAboutAUserIsExportedOrHasItsReason(t *testing.T) {
	t.Parallel()
	told, left := map[string]bool{}, map[string]bool{}
	for _, kind := range []domain.FactorType{domain.FactorTOTP, domain.FactorPasskey} {
		person := heldBy(kind)
		before := exportOf(t, person)
		eachLeaf("", reflect.ValueOf(&person).Elem(), func(path string, leaf reflect.Value) {
			was := reflect.New(leaf.Type()).Elem()
			was.Set(leaf)
			changeLeaf(t, path, leaf)
			if exportOf(t, person) == before {
				left[path] = true
			} else {
				told[path] = true
			}
			leaf.Set(was)
		})
	}
	if len(told) < 50 {
		t.Errorf("only %d things are told", len(told))
	}
	for path := range told {
		if notExported[path] != "" {
			t.Errorf("%s is told, and should not be: %s", path, notExported[path])
		}
		delete(left, path) // it is of the other kind
	}
	for path := range left {
		if notExported[path] == "" {
			t.Errorf("%s is held and not exported: export it, or give the reason in notExported", path)
		}
	}
	for path := range notExported {
		if !left[path] {
			t.Errorf("%s is not held any more", path)
		}
	}
}

func heldBy(kind domain.FactorType) held {
	var person held
	person.User.Factors = make([]domain.Factor, 1)
	person.User.Browsers = []domain.RememberedBrowser{{Retired: make([]domain.RetiredSecret, 1)}}
	person.Codes.Codes = make([]domain.StoredRecoveryCode, 1)
	n := 0
	eachLeaf("", reflect.ValueOf(&person).Elem(), func(_ string, leaf reflect.Value) {
		n++
		fillLeaf(leaf, n)
	})
	person.User.Factors[0].Type, person.User.Factors[0].State = kind, domain.FactorActive
	person.User.Factors[0].TOTP.Algorithm, person.User.Factors[0].TOTP.Digits, person.User.Factors[0].TOTP.Period = domain.SHA256, 8, time.Minute
	person.User.AuthSource = domain.AuthLocal
	return person
}

// exportOf is the document without its own time.
func exportOf(t *testing.T, person held) string {
	t.Helper()
	record := personaldata.Record{User: person.User, Codes: person.Codes, Status: domain.StatusOf(person.User, domain.Tenant{}, time.Unix(0, 0))}
	for _, f := range person.User.Factors {
		var kind factor.Enroller = totp.Kind{}
		if f.Type == domain.FactorPasskey {
			kind = passkey.Kind{}
		}
		record.Factors = append(record.Factors, personaldata.Factor{Factor: f, Description: kind.Describe(f)})
	}
	text, err := json.Marshal(api.UserExport(personaldata.Export{UserID: "ada", User: &record, Events: []domain.Event{person.Event}}))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// eachLeaf walks to all values that are no structs of this module, named by their fields.
func eachLeaf(path string, value reflect.Value, visit func(path string, leaf reflect.Value)) {
	_, isTime := value.Interface().(time.Time)
	switch {
	case value.Kind() == reflect.Struct && !isTime:
		for i := range value.NumField() {
			eachLeaf(strings.TrimPrefix(path+"."+value.Type().Field(i).Name, "."), value.Field(i), visit)
		}
	case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
		for i := range value.Len() {
			eachLeaf(path, value.Index(i), visit)
		}
	default:
		visit(path, value)
	}
}

func fillLeaf(leaf reflect.Value, n int) {
	switch leaf.Interface().(type) {
	case time.Time:
		leaf.Set(reflect.ValueOf(time.Date(2026, 1, 1, n, 0, 0, 0, time.UTC)))
	case time.Duration:
		leaf.SetInt(int64(time.Duration(n) * time.Second))
	case map[string]string:
		leaf.Set(reflect.ValueOf(map[string]string{"method": "totp"}))
	case []byte:
		leaf.SetBytes([]byte{byte(n)})
	}
	switch leaf.Kind() {
	case reflect.String:
		leaf.SetString("text" + strings.Repeat("x", n))
	case reflect.Int, reflect.Int64:
		leaf.SetInt(leaf.Int() + int64(n))
	case reflect.Uint32:
		leaf.SetUint(uint64(n))
	}
}

func changeLeaf(t *testing.T, path string, leaf reflect.Value) {
	t.Helper()
	switch value := leaf.Interface().(type) {
	case time.Time:
		leaf.Set(reflect.ValueOf(value.Add(time.Minute)))
		return
	case time.Duration:
		leaf.SetInt(int64(value + time.Second))
		return
	case []byte:
		leaf.SetBytes(append(slices.Clone(value), 7))
		return
	case map[string]string:
		changed := maps.Clone(value)
		changed["method"] = "passkey"
		leaf.Set(reflect.ValueOf(changed))
		return
	}
	switch leaf.Kind() {
	case reflect.String:
		leaf.SetString(leaf.String() + "y")
	case reflect.Int, reflect.Int64:
		leaf.SetInt(leaf.Int() + 1)
	case reflect.Uint32:
		leaf.SetUint(leaf.Uint() + 1)
	case reflect.Bool:
		leaf.SetBool(!leaf.Bool())
	case reflect.Array:
		leaf.Index(0).SetUint(leaf.Index(0).Uint() + 1)
	default:
		t.Errorf("%s is a %s: say how it changes", path, leaf.Type())
	}
}
