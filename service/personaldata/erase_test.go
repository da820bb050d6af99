package personaldata

import (
	"testing"

	"github.com/countersign/countersign/service/domain"
)

func TestPseudonymsAreRandomAndIdsOfUsers(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		p := newPseudonym()
		if seen[p] || !domain.ValidUserID(p) || len(p) < len("erased_")+24 {
			t.Errorf("%q is no pseudonym, or was one before", p)
		}
		seen[p] = true
	}
}
