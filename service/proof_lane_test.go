package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryLaneIsListed(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{codeProof{}.laneName(), recoveryCodeProof{}.laneName()}, Lanes()); diff != "" {
		t.Errorf("lanes (-want +got):\n%s", diff)
	}
}
