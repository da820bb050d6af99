package repotest

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// inCompany is a store whose every Commit also carries changes of others, as a
// batch of the service does. What holds alone must hold in company, and the
// others must not notice.
type inCompany struct{ store.Store }

// Commit commits the changes between companions whose keys come first and last.
func (s inCompany) Commit(ctx context.Context, changes []domain.Change) []error {
	first := save(newUser("0-company", newEventID()))
	last := domain.Change{TenantID: "zz-company", Events: []domain.Event{newEvent("zz-company", "u")}}
	all := append([]domain.Change{last}, changes...)
	all = append(all, first, spend("zz-company", newEventID()))
	errs := s.Store.Commit(ctx, all)
	for _, i := range []int{0, len(all) - 2, len(all) - 1} {
		if errs[i] != nil && ctx.Err() == nil {
			panic(fmt.Sprintf("companion %d failed: %v", i, errs[i]))
		}
	}
	return errs[1 : 1+len(changes)]
}
