package stepup_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/stepup"
)

// The key is new in every process, so that nothing but what was signed here
// verifies.
func FuzzVerifyToken(f *testing.F) {
	key := stepup.NewSigningKey()
	set, good := stepup.NewKeySet(key), mustSign(f, key, claims())
	seed(f, good, forge(f, header(key), wire(), unsigned), forge(f, with(header(key), object{"alg": "none"}), wire(), unsigned))
	f.Fuzz(func(t *testing.T, token string) {
		got, err := set.Verify(token, want)
		if token == good {
			if diff := cmp.Diff(claims(), got); err != nil || diff != "" {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			return
		}
		if !errors.Is(err, stepup.ErrTokenInvalid) || got.Subject != "" {
			t.Fatalf("%q verifies: %+v, %v", token, got, err)
		}
	})
}

func FuzzVerifyTicket(f *testing.F) {
	key := stepup.NewTicketKey()
	set, good := stepup.NewTicketKeySet(key), mustIssue(f, key, ticket())
	seed(f, good, forge(f, ticketHeader(key), ticketWire(), unsigned), forge(f, ticketHeader(key), ticketWire(), hs256(nil)))
	f.Fuzz(func(t *testing.T, token string) {
		got, err := set.Verify(token, now)
		if token == good {
			if diff := cmp.Diff(ticket(), got); err != nil || diff != "" {
				t.Fatalf("%v (-want +got):\n%s", err, diff)
			}
			return
		}
		if !errors.Is(err, stepup.ErrTicketInvalid) || got.UserID != "" {
			t.Fatalf("%q verifies: %+v, %v", token, got, err)
		}
	})
}

func seed(f *testing.F, good string, others ...string) {
	f.Helper()
	for _, token := range append(others, good, "", "..", "e30.e30.", good+".", strings.ToUpper(good)) {
		f.Add(token)
	}
}
