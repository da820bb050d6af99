package repository_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign/countersign/repository"
	"github.com/countersign/countersign/service/domain"
)

// sentinel stands for every secret and every piece of personal data.
const sentinel = "5ent1nel-VALUE"

func TestAStatementIsLoggedWithoutItsValues(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, url string) {
		var log logBuffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		store := open(t, url, repository.Options{Logger: logger, LogLevel: slog.LevelDebug})
		if err := store.Migrator().Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		useEverything(t, store)
		text := log.String()
		for _, statement := range []string{"UPDATE", "INSERT INTO", "SELECT", "DELETE"} {
			if !strings.Contains(text, statement) {
				t.Errorf("no %s was logged: this tests nothing", statement)
			}
		}
		for _, form := range []string{
			sentinel, hex.EncodeToString([]byte(sentinel)), base64.StdEncoding.EncodeToString([]byte(sentinel))[:16],
		} {
			if i := strings.Index(strings.ToLower(text), strings.ToLower(form)); i >= 0 {
				t.Errorf("a value is in the log: %s", text[max(0, i-200):i+50])
			}
		}
	})
}

// useEverything writes and reads the sentinel in every place, successfully
// and not.
func useEverything(t *testing.T, s *repository.Store) {
	now := time.Now()
	tenant := domain.Tenant{ID: "acme", Edition: domain.EditionServer, Origins: []string{sentinel}, Policy: domain.DefaultPolicy()}
	user := domain.User{
		TenantID: "acme", ID: sentinel, Incarnation: 1,
		Profile:   domain.Profile{Username: sentinel, DisplayName: sentinel, AuthSource: domain.AuthLocal, Role: domain.RoleMember},
		CreatedAt: now, UpdatedAt: now,
	}
	user.Factors = []domain.Factor{{ID: sentinel, Type: domain.FactorTOTP, Name: sentinel, State: domain.FactorActive, TOTP: domain.TOTP{Secret: []byte(sentinel)}}}
	key := domain.ServiceKey{TenantID: "acme", ID: sentinel, Name: sentinel, Hash: [32]byte([]byte(strings.Repeat(sentinel, 3))), KeyTerm: domain.KeyTerm{CreatedAt: now}}
	set := domain.RecoveryCodeSet{TenantID: "acme", UserID: sentinel, KeyID: sentinel, GeneratedAt: now,
		Codes: []domain.StoredRecoveryCode{{MAC: [16]byte([]byte(sentinel + sentinel)), Sealed: []byte(sentinel)}}}
	event := domain.Event{TenantID: "acme", ID: sentinel, At: now, Outcome: domain.OutcomeSuccess, UserID: sentinel,
		Actor: domain.Actor{Type: domain.ActorTicket, ID: sentinel}, Reason: sentinel, Details: map[string]string{sentinel: sentinel}}
	full := domain.Change{
		TenantID: "acme", Tenant: &tenant, ServiceKey: &key, User: &user, Codes: &set, Events: []domain.Event{event},
		SpentTokens: []domain.SpentToken{{ID: sentinel, ExpiresAt: now}},
		Answer:      &domain.Answer{Key: sentinel, Sealed: []byte(sentinel), CreatedAt: now, ExpiresAt: now.Add(time.Hour)},
	}
	commit := func(changes ...domain.Change) []error { return s.Commit(t.Context(), changes) }
	if err := commit(full)[0]; err != nil {
		t.Fatal(err)
	}
	next, other, invalid := user, user, user
	next.Version, other.ID, invalid.Version, invalid.Role = 1, sentinel+"2", 2, sentinel
	token := domain.Change{TenantID: "acme", SpentTokens: full.SpentTokens}
	duplicate := domain.Change{TenantID: "acme", Events: full.Events}
	commit(full, duplicate, token, domain.Change{TenantID: "acme", User: &next}, domain.Change{TenantID: "acme", User: &other})
	commit(domain.Change{TenantID: "acme", User: &invalid}) // a CHECK fails
	commit(domain.Change{TenantID: "acme", User: &other, DeleteUser: true})

	filter := domain.UserFilter{Prefix: sentinel, After: domain.Place{UserID: sentinel, Username: sentinel, DisplayName: sentinel}}
	_, _ = s.Users(t.Context(), "acme", filter)
	_, _ = s.User(t.Context(), "acme", sentinel)
	_, _ = s.UsersByKey(t.Context(), []domain.UserKey{{TenantID: "acme", UserID: sentinel}})
	_, _ = s.ServiceKey(t.Context(), "acme", key.Hash[:])
	_, _ = s.RecoveryCodes(t.Context(), "acme", sentinel)
	_, _ = s.AnswersByKey(t.Context(), []domain.AnswerKey{{TenantID: "acme", Key: sentinel}})
	_, _ = s.TokenSpent(t.Context(), "acme", sentinel)
	_, _ = s.Events(t.Context(), "acme", domain.EventFilter{UserID: sentinel, Before: sentinel})
	update := func([]domain.Key) ([]domain.Key, error) {
		return []domain.Key{{ID: sentinel, Kind: domain.KeyTicket, State: domain.KeyNext, Sealed: []byte(sentinel)}}, nil
	}
	if err := s.UpdateKeys(t.Context(), update); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
