package proofs

import (
	"os"
	"testing"

	"github.com/countersign/countersign/internal/process"
)

func TestMain(m *testing.M) { os.Exit(process.Main(m)) }
