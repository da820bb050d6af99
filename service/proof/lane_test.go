package proof

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign/countersign/service/domain"
)

func TestEveryLaneIsListed(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{factorProof{}.laneName(), recoveryCodeProof{}.laneName()}, domain.Lanes()); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
}
