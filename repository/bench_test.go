package repository_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/countersign/countersign/internal/pgtest"
	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// BenchmarkCommit decides one attempt for each of so many users at once: a
// changed aggregate and its audit event.
func BenchmarkCommit(b *testing.B) {
	for _, engine := range []struct {
		name string
		url  func(b *testing.B) string
	}{
		{"sqlite", func(b *testing.B) string { return "sqlite:" + b.TempDir() + "/countersign.db" }},
		{"postgres", func(b *testing.B) string { return pgtest.URL(b) }},
	} {
		for _, size := range []int{1, 8, 32, 128} {
			b.Run(fmt.Sprintf("%s/%d", engine.name, size), func(b *testing.B) {
				store, err := repository.Open(b.Context(), engine.url(b), repository.Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = store.Close() })
				if err := store.Migrator().Migrate(b.Context()); err != nil {
					b.Fatal(err)
				}
				benchmarkCommit(b, store, size)
			})
		}
	}
}

func benchmarkCommit(b *testing.B, store store.Store, size int) {
	users := make([]domain.User, size)
	events := 0
	round := func() {
		changes := make([]domain.Change, size)
		for i := range users {
			events++
			changes[i] = domain.Change{TenantID: "t", User: &users[i], Events: []domain.Event{{
				TenantID: "t", ID: fmt.Sprintf("0192d7a0-0000-7000-8000-%012d", events), At: time.Now(),
				Action: domain.ActionVerification, Outcome: domain.OutcomeSuccess, UserID: users[i].ID,
				Actor:   domain.Actor{Type: domain.ActorTicket, ID: "tkt_0192d7a0", UserID: users[i].ID},
				Address: "192.0.2.1", RequestID: "req_0192d7a0", FactorID: "fct_0192d7a0",
				Details: map[string]string{"method": "totp"},
			}}}
		}
		for _, err := range store.Commit(b.Context(), changes) {
			if err != nil {
				b.Fatal(err)
			}
		}
		for i := range users {
			users[i].Version++
			users[i].LastVerifiedAt = time.Now()
			users[i].Factors[0].TOTP.LastStep++
		}
	}
	for i := range users {
		users[i] = benchmarkUser(fmt.Sprintf("user-%06d", i))
	}
	round()
	for b.Loop() {
		round()
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "decisions/s")
}

// BenchmarkUser reads one aggregate, as a proof of whom a process does not remember does.
func BenchmarkUser(b *testing.B) {
	store, err := repository.Open(b.Context(), pgtest.URL(b), repository.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	if err := store.Migrator().Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	user := benchmarkUser("user")
	if err := store.Commit(b.Context(), []domain.Change{{TenantID: "t", User: &user}})[0]; err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.User(b.Context(), "t", "user"); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkUser(id string) domain.User {
	now := time.Now()
	return domain.User{
		TenantID: "t", ID: id, Incarnation: 1,
		Profile: domain.Profile{
			Username: id, DisplayName: "Somebody " + id, AuthSource: domain.AuthLocal, Role: domain.RoleMember, Active: true,
		},
		SecondFactor: domain.SecondFactor{
			Factors: []domain.Factor{{
				ID: "fct_0192d7a0", Name: "phone", Type: domain.FactorTOTP, State: domain.FactorActive,
				TOTP:      domain.TOTP{Secret: make([]byte, 64), LastStep: 59_000_000},
				CreatedAt: now, ConfirmedAt: now, LastUsedAt: now,
			}},
			RecoveryCodes: domain.RecoveryCodeCount{Total: 8, Remaining: 8, GeneratedAt: now},
			EnabledAt:     now, LastVerifiedAt: now, Generation: "g", EverEnrolled: true,
		},
		CreatedAt: now, UpdatedAt: now,
	}
}
