package batch

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/countersign/countersign/service/domain"
)

// instant is a store that costs nothing, so that what is measured is the batching.
type instant struct{ Inner }

func (instant) Writers() int { return 4 }

func (instant) Commit(_ context.Context, changes []domain.Change) []error {
	return make([]error, len(changes))
}

func (instant) User(_ context.Context, tenantID, userID string) (domain.User, error) {
	return domain.User{TenantID: tenantID, ID: userID}, nil
}

func (instant) UsersByKey(_ context.Context, keys []domain.UserKey) ([]domain.User, error) {
	users := make([]domain.User, len(keys))
	for i, key := range keys {
		users[i] = domain.User{TenantID: key.TenantID, ID: key.UserID}
	}
	return users, nil
}

// BenchmarkStore is one call of each of so many callers at once, each about a
// user of their own.
func BenchmarkStore(b *testing.B) {
	for _, callers := range []int{1, 64} {
		s := New(instant{}, nil)
		for name, call := range map[string]func(id string){
			"commit": func(id string) {
				s.Commit(b.Context(), []domain.Change{{TenantID: "t", User: &domain.User{TenantID: "t", ID: id}}})
			},
			"user": func(id string) { _, _ = s.User(b.Context(), "t", id) },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, callers), func(b *testing.B) {
				var n atomic.Int64
				b.ReportAllocs()
				b.SetParallelism(callers)
				b.RunParallel(func(pb *testing.PB) {
					id := fmt.Sprint("user-", n.Add(1))
					for pb.Next() {
						call(id)
					}
				})
			})
		}
	}
}
