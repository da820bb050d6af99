package service_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/service"
)

// need is what those who carry out a change ask it.
type need struct {
	Valid, Exclusive, Batchable, OneStatement bool
	Condition                                 service.Condition
	Refusal                                   error
}

func TestAChangeSaysItselfWhatItNeeds(t *testing.T) {
	t.Parallel()
	const tenant = "acme"
	known, other := &service.User{TenantID: tenant, ID: "anna", Version: 3}, &service.User{TenantID: tenant, ID: "ben", Version: 1}
	fresh, foreign := &service.User{TenantID: tenant, ID: "anna"}, &service.User{TenantID: "evil", ID: "anna", Version: 3}
	codes := &service.RecoveryCodeSet{TenantID: tenant, UserID: "anna", Codes: make([]service.StoredRecoveryCode, 8)}
	token, two := []service.SpentToken{{ID: "t"}}, []service.SpentToken{{ID: "t"}, {ID: "u"}}
	ofUser, ofToken := service.Condition{TenantID: tenant, UserID: "anna"}, service.Condition{TenantID: tenant, TokenID: "t"}
	ofBoth := service.Condition{TenantID: tenant, UserID: "anna", TokenID: "t"}
	none := service.Condition{TenantID: tenant}
	for name, c := range map[string]struct {
		change service.Change
		want   need
	}{
		"events alone":            {service.Change{Events: []service.Event{{TenantID: tenant}}}, need{true, false, true, true, none, nil}},
		"a user":                  {service.Change{User: known}, need{true, false, true, true, ofUser, service.ErrConflict}},
		"a user and an answer":    {service.Change{User: known, Answer: &service.Answer{}}, need{true, false, true, true, ofUser, service.ErrConflict}},
		"a user and codes":        {service.Change{User: known, Codes: codes}, need{true, false, true, false, ofUser, service.ErrConflict}},
		"a user without codes":    {service.Change{User: known, Codes: &service.RecoveryCodeSet{TenantID: tenant, UserID: "anna"}}, need{true, false, false, false, ofUser, service.ErrConflict}},
		"a deletion":              {service.Change{User: known, DeleteUser: true}, need{true, false, false, true, ofUser, service.ErrConflict}},
		"a creation":              {service.Change{User: fresh}, need{true, false, true, false, ofUser, service.ErrConflict}},
		"a creation, remembered":  {service.Change{User: fresh, Answer: &service.Answer{}}, need{true, false, false, false, ofUser, service.ErrConflict}},
		"a token":                 {service.Change{SpentTokens: token}, need{true, false, true, true, ofToken, service.ErrTokenSpent}},
		"two tokens":              {service.Change{SpentTokens: two}, need{true, false, false, true, ofToken, service.ErrTokenSpent}},
		"a user and a token":      {service.Change{User: known, SpentTokens: token}, need{true, false, false, true, ofBoth, service.ErrConflict}},
		"an actor alone":          {service.Change{Actor: other}, need{true, false, false, true, none, nil}},
		"an actor and a user":     {service.Change{User: known, Actor: other}, need{true, false, false, true, ofUser, service.ErrConflict}},
		"the tenant":              {service.Change{Tenant: &service.Tenant{ID: tenant}}, need{true, true, false, true, none, nil}},
		"the tenant's codes":      {service.Change{EraseSealedCodes: true}, need{true, true, false, true, none, nil}},
		"a service key":           {service.Change{ServiceKey: &service.ServiceKey{TenantID: tenant}}, need{true, true, false, true, none, nil}},
		"the custody":             {service.Change{User: known, Custody: service.CustodyViewable}, need{true, true, false, true, ofUser, service.ErrConflict}},
		"a repeated answer":       {service.Change{RepeatedAnswer: "answer"}, need{true, true, false, true, none, nil}},
		"a user of another":       {service.Change{User: foreign}, need{false, false, true, true, ofUser, service.ErrConflict}},
		"an event of another":     {service.Change{Events: []service.Event{{TenantID: "evil"}}}, need{false, false, true, true, none, nil}},
		"codes of another":        {service.Change{User: other, Codes: codes}, need{false, false, true, false, service.Condition{TenantID: tenant, UserID: "ben"}, service.ErrConflict}},
		"an answer without user":  {service.Change{Answer: &service.Answer{}}, need{false, false, true, true, none, nil}},
		"a deletion without user": {service.Change{DeleteUser: true}, need{false, false, false, true, none, nil}},
	} {
		c.change.TenantID = tenant
		got := need{
			c.change.Validate() == nil, c.change.Exclusive(), c.change.Batchable(), c.change.OneStatement(),
			c.change.Condition(), c.change.Refusal(),
		}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got.Condition.None() != (got.Refusal == nil) {
			t.Errorf("%s is refused with %v, and is decided by %v", name, got.Refusal, got.Condition)
		}
	}
}

func TestAChangeSaysWhatItLeavesBehind(t *testing.T) {
	t.Parallel()
	user := &service.User{TenantID: "acme", ID: "anna", Version: 3}
	if next, stored := (service.Change{User: user}).UserAfter(); !stored || next.ID != "anna" || next.Version != 4 || user.Version != 3 {
		t.Errorf("stored is %v: %v", stored, next)
	}
	for _, c := range []service.Change{{}, {User: user, DeleteUser: true}} {
		if next, stored := c.UserAfter(); stored {
			t.Errorf("%v stores %v", c, next)
		}
	}
	mistake := errors.New("a mistake")
	for _, c := range []struct {
		change service.Change
		err    error
		want   bool
	}{
		{service.Change{Tenant: &service.Tenant{}}, nil, true},
		{service.Change{Tenant: &service.Tenant{}}, mistake, true},
		{service.Change{Custody: service.CustodyViewable}, service.ErrConflict, true},
		{service.Change{Custody: service.CustodyViewable}, nil, false},
		{service.Change{User: user}, service.ErrConflict, false},
	} {
		if got := c.change.StaleTenant(c.err); got != c.want {
			t.Errorf("after %v the tenant is stale: %v, want %v", c.err, got, c.want)
		}
	}
	if c := (service.Change{User: user}); !c.Guards("anna") || c.Guards("ben") || (service.Change{}).Guards("anna") {
		t.Error("a change guards the row of its user, and no other")
	}
}
