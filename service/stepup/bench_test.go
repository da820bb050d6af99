package stepup_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/countersign/countersign/service/stepup"
)

// A text of many segments must not be taken apart (CVE-2025-30204). The test
// is not parallel: it reads what the whole process allocates.
func TestATextOfDotsCostsNothing(t *testing.T) {
	signed, issued := stepup.NewKeySet(stepup.NewSigningKey()), stepup.NewTicketKeySet(stepup.NewTicketKey())
	for _, text := range []string{strings.Repeat(".", 10_000), strings.Repeat(".", stepup.MaxTokenSize), strings.Repeat("a", 1<<20)} {
		const times = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			_, _ = signed.Verify(text, want)
			_, _ = issued.Verify(text, now)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / times; got > 16<<10 {
			t.Errorf("to refuse %d bytes takes %d bytes", len(text), got)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key := stepup.NewSigningKey()
	for b.Loop() {
		mustSign(b, key, claims())
	}
}

func BenchmarkVerify(b *testing.B) {
	key := stepup.NewSigningKey()
	set, token := stepup.NewKeySet(key), mustSign(b, key, claims())
	for b.Loop() {
		if _, err := set.Verify(token, want); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssueTicket(b *testing.B) {
	key := stepup.NewTicketKey()
	for b.Loop() {
		mustIssue(b, key, ticket())
	}
}

func BenchmarkVerifyTicket(b *testing.B) {
	key := stepup.NewTicketKey()
	set, token := stepup.NewTicketKeySet(key), mustIssue(b, key, ticket())
	for b.Loop() {
		if _, err := set.Verify(token, now); err != nil {
			b.Fatal(err)
		}
	}
}
