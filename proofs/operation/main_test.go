package operation

import (
	"os"
	"testing"

	"github.com/countersign/countersign/proofs/site"
)

func TestMain(m *testing.M) { os.Exit(site.Main(m)) }
