package countersign_test

import (
	"errors"
	"net/http"
	"strconv"
	"testing"

	countersign "github.com/countersign/countersign/clients/go"
)

// endless yields users until nobody wants more, and counts them.
func endless(yielded *int, upTo int) func(func(countersign.UserLine) bool) {
	return func(yield func(countersign.UserLine) bool) {
		for ; *yielded < upTo; *yielded++ {
			user := countersign.UserLine{
				UserID: "u-" + strconv.Itoa(*yielded), Username: "u", AuthSource: countersign.AuthSourceLocal, Role: countersign.RoleMember, Active: true,
			}
			if *yielded == 2 {
				user.Role = "emperor"
			}
			if !yield(user) {
				return
			}
		}
	}
}

func TestManyUsersAreImportedAndWhoIsRefusedStopsNoOther(t *testing.T) {
	t.Parallel()
	c := serve(t).tenant("acme")
	for _, want := range []countersign.UserImport{{Created: 499, Failed: 1}, {Unchanged: 499, Failed: 1}} {
		got := must(c.ImportUsers(t.Context(), endless(new(int), 500)))(t)
		if got.Created != want.Created || got.Unchanged != want.Unchanged || got.Failed != want.Failed {
			t.Errorf("imported %+v, want %+v", got, want)
		}
		if len(got.Errors) != 1 || got.Errors[0].Line != 3 || got.Errors[0].Code != countersign.ProblemCodeInvalidRequest {
			t.Errorf("refused: %+v", got.Errors)
		}
	}
}

// A service that refuses early does not read to the end, which may be far.
func TestAnImportThatIsRefusedAsksForNoMoreUsers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.tenant("acme")
	unknown := must(countersign.New(s.url, "csk_acme_of_nobody"))(t)
	yielded := 0
	_, err := unknown.ImportUsers(t.Context(), endless(&yielded, 1<<30))
	if !errors.Is(err, countersign.ProblemCodeCredentialInvalid) && !errors.Is(err, countersign.ErrNoAnswer) || yielded == 1<<30 {
		t.Errorf("after %d users: %v", yielded, err)
	}
}

func TestAnImportThatEndsEarlyTellsWhereToGoOn(t *testing.T) {
	t.Parallel()
	c, _ := client(t, says(http.StatusServiceUnavailable, "application/problem+json",
		`{"status":503,"code":"unavailable","request_id":"req1","lines_done":1200}`))
	yielded := 0
	_, err := c.ImportUsers(t.Context(), endless(&yielded, 3))
	if p, ok := errors.AsType[*countersign.Problem](err); !ok || p.LinesDone != 1200 {
		t.Errorf("%v", err)
	}
}
