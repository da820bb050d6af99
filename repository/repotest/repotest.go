// Package repotest is what every store.Store must do. A store passes when
//
//	repotest.Run(t, func(t *testing.T) store.Store { ... })
//
// does, preferably under the race detector: half of the suite is about what
// must hold when many decide at once. RunFaults adds which error each fault
// below a store becomes.
package repotest

import (
	"testing"

	"github.com/countersign/countersign/service/store"
)

// Run runs the suite. Open returns an empty store and closes it with the test.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	store := open(t)
	groups := []struct {
		name    string
		batched bool // is what a batch may hold
		tests   []contract
	}{
		{"tenant", false, tenantContracts},
		{"service key", false, serviceKeyContracts},
		{"user", true, userContracts},
		{"creation", true, creationContracts},
		{"user list", false, userListContracts},
		{"headcount", true, headcountContracts},
		{"recovery code", true, recoveryCodeContracts},
		{"custody", false, custodyContracts},
		{"audit", false, auditContracts},
		{"token", true, tokenContracts},
		{"answer", true, answerContracts},
		{"actor", true, actorContracts},
		{"commit", true, commitContracts},
		{"race", true, raceContracts},
		{"ended context", false, endedContracts},
		{"tenant isolation", false, isolationContracts},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			runAll(t, store, group.tests)
		})
		if !group.batched {
			continue
		}
		t.Run(group.name+", batched", func(t *testing.T) {
			t.Parallel()
			runAll(t, batchedStore{store}, group.tests)
		})
	}
	// These are about rows that belong to no tenant.
	t.Run("service-wide", func(t *testing.T) {
		t.Parallel()
		for _, c := range serviceWideContracts {
			t.Run(c.name, func(t *testing.T) { c.holds(t, open(t)) })
		}
	})
}

// contract is one thing a store promises. Each works in tenants of its own, so
// that all can share a store.
type contract struct {
	name  string
	holds func(t *testing.T, s store.Store)
}

func runAll(t *testing.T, s store.Store, contracts []contract) {
	for _, c := range contracts {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.holds(t, s)
		})
	}
}
