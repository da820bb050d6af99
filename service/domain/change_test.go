package domain_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign/countersign/service/domain"
)

// need is what those who carry out a change ask it.
type need struct {
	Valid, Exclusive, Batchable, OneStatement bool
	Condition                                 domain.Condition
	Refusal                                   error
}

func TestAChangeSaysItselfWhatItNeeds(t *testing.T) {
	t.Parallel()
	const tenant = "acme"
	known, other := &domain.User{TenantID: tenant, ID: "anna", Version: 3}, &domain.User{TenantID: tenant, ID: "ben", Version: 1}
	fresh, foreign := &domain.User{TenantID: tenant, ID: "anna"}, &domain.User{TenantID: "evil", ID: "anna", Version: 3}
	codes := &domain.RecoveryCodeSet{TenantID: tenant, UserID: "anna", Codes: make([]domain.StoredRecoveryCode, 8)}
	token, two := []domain.SpentToken{{ID: "t"}}, []domain.SpentToken{{ID: "t"}, {ID: "u"}}
	ofUser, ofToken := domain.Condition{TenantID: tenant, UserID: "anna"}, domain.Condition{TenantID: tenant, TokenID: "t"}
	ofBoth := domain.Condition{TenantID: tenant, UserID: "anna", TokenID: "t"}
	none := domain.Condition{TenantID: tenant}
	for name, c := range map[string]struct {
		change domain.Change
		want   need
	}{
		"events alone":            {domain.Change{Events: []domain.Event{{TenantID: tenant}}}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: true, Condition: none, Refusal: nil}},
		"a user":                  {domain.Change{User: known}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a user and an answer":    {domain.Change{User: known, Answer: &domain.Answer{}}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a user and codes":        {domain.Change{User: known, Codes: codes}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: false, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a user without codes":    {domain.Change{User: known, Codes: &domain.RecoveryCodeSet{TenantID: tenant, UserID: "anna"}}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: false, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a deletion":              {domain.Change{User: known, DeleteUser: true}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"an erasure":              {domain.Change{Erasure: &domain.Erasure{TenantID: tenant}}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"an erasure of another":   {domain.Change{Erasure: &domain.Erasure{TenantID: "evil"}}, need{Valid: false, Exclusive: false, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"a creation":              {domain.Change{User: fresh}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: false, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a creation, remembered":  {domain.Change{User: fresh, Answer: &domain.Answer{}}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: false, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a token":                 {domain.Change{SpentTokens: token}, need{Valid: true, Exclusive: false, Batchable: true, OneStatement: true, Condition: ofToken, Refusal: domain.ErrTokenSpent}},
		"two tokens":              {domain.Change{SpentTokens: two}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: ofToken, Refusal: domain.ErrTokenSpent}},
		"a user and a token":      {domain.Change{User: known, SpentTokens: token}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: ofBoth, Refusal: domain.ErrConflict}},
		"an actor alone":          {domain.Change{Actor: other}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"an actor and a user":     {domain.Change{User: known, Actor: other}, need{Valid: true, Exclusive: false, Batchable: false, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"the tenant":              {domain.Change{Tenant: &domain.Tenant{ID: tenant}}, need{Valid: true, Exclusive: true, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"the tenant's codes":      {domain.Change{EraseSealedCodes: true}, need{Valid: true, Exclusive: true, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"a service key":           {domain.Change{ServiceKey: &domain.ServiceKey{TenantID: tenant}}, need{Valid: true, Exclusive: true, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"the custody":             {domain.Change{User: known, Custody: domain.CustodyViewable}, need{Valid: true, Exclusive: true, Batchable: false, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"a repeated answer":       {domain.Change{RepeatedAnswer: "answer"}, need{Valid: true, Exclusive: true, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
		"a user of another":       {domain.Change{User: foreign}, need{Valid: false, Exclusive: false, Batchable: true, OneStatement: true, Condition: ofUser, Refusal: domain.ErrConflict}},
		"an event of another":     {domain.Change{Events: []domain.Event{{TenantID: "evil"}}}, need{Valid: false, Exclusive: false, Batchable: true, OneStatement: true, Condition: none, Refusal: nil}},
		"codes of another":        {domain.Change{User: other, Codes: codes}, need{Valid: false, Exclusive: false, Batchable: true, OneStatement: false, Condition: domain.Condition{TenantID: tenant, UserID: "ben"}, Refusal: domain.ErrConflict}},
		"an answer without user":  {domain.Change{Answer: &domain.Answer{}}, need{Valid: false, Exclusive: false, Batchable: true, OneStatement: true, Condition: none, Refusal: nil}},
		"a deletion without user": {domain.Change{DeleteUser: true}, need{Valid: false, Exclusive: false, Batchable: false, OneStatement: true, Condition: none, Refusal: nil}},
	} {
		c.change.TenantID = tenant
		got := need{
			Valid: c.change.Validate() == nil, Exclusive: c.change.Exclusive(), Batchable: c.change.Batchable(), OneStatement: c.change.OneStatement(),
			Condition: c.change.Condition(), Refusal: c.change.Refusal(),
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
	user := &domain.User{TenantID: "acme", ID: "anna", Version: 3}
	if next, stored := (domain.Change{User: user}).UserAfter(); !stored || next.ID != "anna" || next.Version != 4 || user.Version != 3 {
		t.Errorf("stored is %v: %v", stored, next)
	}
	for _, c := range []domain.Change{{}, {User: user, DeleteUser: true}} {
		if next, stored := c.UserAfter(); stored {
			t.Errorf("%v stores %v", c, next)
		}
	}
	mistake := errors.New("a mistake")
	for _, c := range []struct {
		change domain.Change
		err    error
		want   bool
	}{
		{domain.Change{Tenant: &domain.Tenant{}}, nil, true},
		{domain.Change{Tenant: &domain.Tenant{}}, mistake, true},
		{domain.Change{Custody: domain.CustodyViewable}, domain.ErrConflict, true},
		{domain.Change{Custody: domain.CustodyViewable}, nil, false},
		{domain.Change{User: user}, domain.ErrConflict, false},
	} {
		if got := c.change.StaleTenant(c.err); got != c.want {
			t.Errorf("after %v the tenant is stale: %v, want %v", c.err, got, c.want)
		}
	}
	if c := (domain.Change{User: user}); !c.Guards("anna") || c.Guards("ben") || (domain.Change{}).Guards("anna") {
		t.Error("a change guards the row of its user, and no other")
	}
}
