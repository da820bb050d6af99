package stepup_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/stepup"
)

func TestAnUnknownTicketKeyIsToldApart(t *testing.T) {
	t.Parallel()
	key := stepup.NewTicketKey()
	token := mustIssue(t, key, ticket())
	for name, set := range map[string]stepup.TicketKeySet{
		"another set": stepup.NewTicketKeySet(stepup.NewTicketKey()), "the zero set": {}, "the zero key": stepup.NewTicketKeySet(stepup.TicketKey{}),
		"an id alone": stepup.NewTicketKeySet(stepup.TicketKey{ID: key.ID}),
	} {
		if _, err := set.Verify(token, now); err != stepup.ErrUnknownTicketKey || !errors.Is(err, stepup.ErrTicketInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATicketKeyIsStoredAndRead(t *testing.T) {
	t.Parallel()
	key := stepup.NewTicketKey()
	stored := key.Bytes()
	again, err := stepup.ParseTicketKey(stored)
	if err != nil {
		t.Fatal(err)
	}
	clear(stored)
	if again.ID != key.ID || !bytes.Equal(again.Bytes(), key.Bytes()) || again.ID == stepup.NewTicketKey().ID {
		t.Errorf("%v became %v", key, again)
	}
	for _, length := range []int{0, 16, 31, 33, 64} {
		if _, err := stepup.ParseTicketKey(make([]byte, length)); !errors.Is(err, stepup.ErrTicketKey) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

func TestATicketKeyPrintsItsID(t *testing.T) {
	t.Parallel()
	key, err := stepup.ParseTicketKey([]byte("SENTINELSENTINELSENTINELSENTINEL"))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if diff := cmp.Diff("[ticket key "+key.ID+"]", fmt.Sprintf(verb, key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verb, diff)
		}
	}
	set := fmt.Sprintf("%+v %#v %v", stepup.NewTicketKeySet(key), stepup.NewTicketKeySet(key), key.LogValue())
	if strings.Contains(set, "83 69 78") || strings.Contains(set, "0x53, 0x45") || strings.Contains(set, "SENT") {
		t.Errorf("a set prints %s", set)
	}
}
