package repository

import (
	"cmp"
	"slices"

	"github.com/countersign/countersign/service"
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
func plan(changes []service.Change) (together, alone []int) {
	for i, c := range changes {
		if c.Batchable() && c.Validate() == nil {
			together = append(together, i)
		} else {
			alone = append(alone, i)
		}
	}
	slices.SortFunc(together, func(a, b int) int {
		left, right := changes[a].Condition(), changes[b].Condition()
		return cmp.Or(cmp.Compare(left.TenantID, right.TenantID), cmp.Compare(left.UserID, right.UserID),
			cmp.Compare(left.TokenID, right.TokenID))
	})
	together, repeated := distinct(changes, together)
	return together, append(alone, repeated...)
}

// oneStatement reports that the statement that decides writes all.
func oneStatement(changes []service.Change, indexes []int) bool {
	return !slices.ContainsFunc(indexes, func(i int) bool { return !changes[i].OneStatement() })
}

// distinct takes out what another decides too: one statement cannot decide
// between them.
func distinct(changes []service.Change, sorted []int) (kept, repeated []int) {
	var last service.Condition
	for _, i := range sorted {
		on := changes[i].Condition()
		if on == last && !on.None() {
			repeated = append(repeated, i)
			continue
		}
		kept, last = append(kept, i), on
	}
	return kept, repeated
}
