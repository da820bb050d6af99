package repotest

import (
	"context"
	"fmt"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// batchedStore is a store whose every Commit also carries changes of others, as a
// batch of the service does. What holds of a single one must hold in a batch,
// and the others must not notice.
type batchedStore struct{ store.Store }

// Commit commits the changes between others whose keys come first and last.
func (s batchedStore) Commit(ctx context.Context, changes []domain.Change) []error {
	first := fixture.Save(fixture.NewUser("0-others", fixture.NewEventID()))
	last := domain.Change{TenantID: "zz-others", Events: []domain.Event{fixture.NewEvent("zz-others", "u")}}
	all := append([]domain.Change{last}, changes...)
	all = append(all, first, spend("zz-others", fixture.NewEventID()))
	errs := s.Store.Commit(ctx, all)
	for _, i := range []int{0, len(all) - 2, len(all) - 1} {
		if errs[i] != nil && ctx.Err() == nil {
			panic(fmt.Sprintf("the other change %d failed: %v", i, errs[i]))
		}
	}
	return errs[1 : 1+len(changes)]
}
