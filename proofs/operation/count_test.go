//go:build prove_operation

package operation

import "time"

func (a admin) count(query string, args ...any) (n int) {
	a.t.Helper()
	if err := a.QueryRow(a.t.Context(), query, args...).Scan(&n); err != nil {
		a.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// until waits until a query counts so many.
func (a admin) until(want int, query string, args ...any) {
	a.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(30 * time.Second); a.count(query, args...) != want; <-ticker.C {
		if time.Now().After(deadline) {
			a.t.Fatalf("%s: %d after 30 s, want %d", query, a.count(query, args...), want)
		}
	}
}
