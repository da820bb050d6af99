package repository

import (
	"cmp"
	"slices"

	"github.com/countersign/countersign/service/domain"
)

// plan returns the indexes of the changes that go out together, in one
// transaction and in the order of their keys, so that two batches do not wait
// for each other; and of those that each go alone.
//
// Together go those that one condition decides: the version of a user, or a
// token that is not spent. When it does not hold, nothing of the change has
// been written, so that nothing need be undone among its companions. What else
// of a change could meet a row that is there, by table:
//
//   - answers: an unexpired one is looked for before the user is changed, and
//     means that the condition does not hold.
//   - recovery_code_sets: a set replaces what is there.
//   - users who are created, spent_tokens: a row that is there is the condition.
//   - headcounts, audit_events: ids are random, or sort by time and are random.
//     A repeated one is a fault, which the database reports: all go one by one.
func plan(changes []domain.Change) (together, alone []int) {
	for i, c := range changes {
		if decidedAtOnce(c) && validate(c) == nil {
			together = append(together, i)
		} else {
			alone = append(alone, i)
		}
	}
	slices.SortFunc(together, func(a, b int) int {
		left, right := keyOf(changes[a]), keyOf(changes[b])
		return cmp.Or(cmp.Compare(left.tenant, right.tenant), cmp.Compare(left.user, right.user),
			cmp.Compare(left.token, right.token))
	})
	together, repeated := distinct(changes, together)
	return together, append(alone, repeated...)
}

// oneStatement reports that all is written by the statement that decides:
// nobody is created, and nothing rests on a decision but its audit events and
// its answer.
func oneStatement(changes []domain.Change, indexes []int) bool {
	for _, i := range indexes {
		if c := changes[i]; creates(c) || c.Codes != nil {
			return false
		}
	}
	return true
}

// decidedAtOnce reports that one condition decides the change. What takes the
// tenant's row, or that of an answer, does not count: nobody shall wait for that
// row while holding the rows of others. Nor does a creation that is remembered: two conditions
// decide it.
func decidedAtOnce(c domain.Change) bool {
	conditions := len(c.SpentTokens)
	if c.User != nil {
		conditions++
	}
	if c.Actor != nil {
		conditions++
	}
	waits := c.Tenant != nil || c.EraseSealedCodes || c.ServiceKey != nil || c.Custody != "" || c.RepeatedAnswer != ""
	removes := c.DeleteUser || (c.Codes != nil && len(c.Codes.Codes) == 0)
	return conditions <= 1 && !waits && !removes && (c.Answer == nil || !creates(c))
}

// changeKey is the row whose condition decides a change.
type changeKey struct{ tenant, user, token string }

func keyOf(c domain.Change) changeKey {
	key := changeKey{tenant: c.TenantID}
	if c.User != nil {
		key.user = c.User.ID
	}
	if len(c.SpentTokens) > 0 {
		key.token = c.SpentTokens[0].ID
	}
	return key
}

// distinct takes out whose key another has too: one statement cannot decide
// between them. Changes without a condition have no key.
func distinct(changes []domain.Change, sorted []int) (kept, repeated []int) {
	last := changeKey{}
	for _, i := range sorted {
		key := keyOf(changes[i])
		if key == last && key != (changeKey{tenant: key.tenant}) {
			repeated = append(repeated, i)
			continue
		}
		kept, last = append(kept, i), key
	}
	return kept, repeated
}
