package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// run starts so many commands at once and returns what went wrong with each.
func (s site) run(t *testing.T, n int, args func(i int) []string) []string {
	t.Helper()
	failures := make([]string, n)
	var commands sync.WaitGroup
	for i := range n {
		commands.Go(func() {
			if text, err := s.prepare(t.Context(), args(i)...).CombinedOutput(); err != nil {
				failures[i] = fmt.Sprintf("%v: %s", err, text)
			}
		})
	}
	commands.Wait()
	return failures
}

// Whoever comes first makes the file, the keyset and the keys; nobody is left
// with others than those that stay.
func TestCommandsMayMeetOnAFreshDatabase(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		onSQLite(t).meet(t, "tenant", "list")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		onPostgreSQLWithKeysetAlone(t).meet(t, "migrate")
	})
}

func (s site) meet(t *testing.T, first ...string) {
	t.Helper()
	failures := s.run(t, 6, func(int) []string { return first })
	failures = append(failures, s.run(t, 8, func(i int) []string { return []string{"tenant", "create", fmt.Sprintf("tenant-%d", i)} })...)
	for _, failure := range failures {
		if failure != "" {
			t.Error(failure)
		}
	}
	if lines := strings.Count(s.command(t, "tenant", "list"), "\n"); lines != 8 {
		t.Errorf("%d of 8 tenants are there", lines)
	}
	if lines := strings.Count(s.command(t, "keys", "list"), "\n"); lines != 7 {
		t.Errorf("there are %d first keys, want 7", lines)
	}
}

func TestOneOfManyMakesTheKeyset(t *testing.T) {
	t.Parallel()
	s := onSQLite(t)
	made := 0
	for _, failure := range s.run(t, 8, func(int) []string { return []string{"keys", "init"} }) {
		switch {
		case failure == "":
			made++
		case !strings.Contains(failure, "never replaced"):
			t.Error(failure)
		}
	}
	if made != 1 {
		t.Errorf("%d commands made the keyset, want 1", made)
	}
}
