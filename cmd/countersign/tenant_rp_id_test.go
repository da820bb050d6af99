package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/operator"
)

func TestTheOperatorIsToldHowManyPasskeysWouldStop(t *testing.T) {
	t.Parallel()
	for count, want := range map[int]string{1: "1 passkey stops", 2: "2 passkeys stop", 1234: "1234 passkeys stop"} {
		err := withoutConsent(fmt.Errorf("update: %w", &operator.PasskeysStopError{Count: count}))
		if text := explain(err); !strings.Contains(text, want) || !strings.Contains(text, "--yes") || exitCode(err) != exitFailure {
			t.Errorf("of %d: exit code %d, %s", count, exitCode(err), text)
		}
	}
}
