package service

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign/countersign/service/access"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/keys"
	"github.com/countersign/countersign/service/seal"
)

// answerLifetime is how long a client may repeat a call whose answer was lost.
const answerLifetime = 90 * time.Second

// Idempotency identifies a call that the client may repeat.
type Idempotency struct {
	Key   string
	Route string            // operation and path
	Body  [sha256.Size]byte // digest of the body as it came
}

// rememberedAnswer is what is sealed: ids and claims, never a signed token. It
// includes the body's digest, which would give a six-digit code away if it
// were stored in the clear.
type rememberedAnswer struct {
	Body    []byte `json:"body"`
	Refused bool   `json:"refused,omitempty"`
	// RetryAt is the end of the wait that the refusal began; zero: none.
	RetryAt time.Time `json:"retry_at,omitzero"`
	Proven  Proven    `json:"proven"`
}

// lookup is what was found of the answer to a call, for one state of its user.
type lookup struct {
	incarnation, version int64
	answer               *domain.Answer // nil: none
}

// lookUp looks for the answer to a call with an Idempotency-Key.
func (s *Service) lookUp(ctx context.Context, a attempt, d *deliberation) (lookup, error) {
	seen := lookup{incarnation: d.user.Incarnation, version: d.user.Version}
	if a.repeat == nil {
		return seen, nil
	}
	answer, err := s.store.Answer(ctx, domain.AnswerKey{TenantID: a.caller.TenantID, Key: a.answerKey(d.user)})
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return seen, nil
	case err != nil:
		return seen, err
	}
	if answer.ExpiresAt.After(d.now) {
		seen.answer = &answer
	}
	return seen, nil
}

// stillTrue reports that to look again for u would find the same: an answer stays
// for its time, and none comes without a new version.
func (l lookup) stillTrue(u domain.User) bool {
	return l.incarnation == u.Incarnation && (l.answer != nil || l.version == u.Version)
}

// recall returns what was decided when this very call came before; seen may have
// it. A success is told again only while it holds: not of a user who is inactive
// since, or whose factors changed.
func (s *Service) recall(ctx context.Context, a attempt, d *deliberation, seen lookup) (result Proven, ok bool, err error) {
	if a.repeat == nil {
		return Proven{}, false, nil
	}
	if !d.user.Active {
		return Proven{}, false, domain.ErrUserInactive
	}
	if !seen.stillTrue(d.user) {
		if seen, err = s.lookUp(ctx, a, d); err != nil {
			return Proven{}, false, err
		}
	}
	if seen.answer == nil {
		return Proven{}, false, nil
	}
	key := a.answerKey(d.user)
	text, err := keys.OpenStored(s.sealer, seen.answer.Sealed, answerBinding(a, key))
	if err != nil {
		return Proven{}, false, fmt.Errorf("remembered answer: %w", err)
	}
	var remembered rememberedAnswer
	if err := json.Unmarshal(text, &remembered); err != nil {
		return Proven{}, false, fmt.Errorf("remembered answer: %w", err)
	}
	remembered.Proven.tenant = d.tenant
	if subtle.ConstantTimeCompare(remembered.Body, a.repeat.Body[:]) == 0 {
		return Proven{}, true, domain.ErrIdempotencyKeyReused
	}
	if err := s.settle(ctx, domain.AnswerKey{TenantID: a.caller.TenantID, Key: key}); err != nil {
		return Proven{}, false, err
	}
	return remembered.replay(d, a.proof.wrong())
}

// settle makes sure that an answer lasts which can be read. That is what its own
// commit waited for, perhaps in vain: the standby that was to have it was gone.
// As long as that is not known, nor is what became of the call.
func (s *Service) settle(ctx context.Context, key domain.AnswerKey) error {
	_, err := s.settled.Get(ctx, key, func() (struct{}, error) {
		return struct{}{}, s.committer.Commit(ctx, domain.Change{TenantID: key.TenantID, RepeatedAnswer: key.Key})
	})
	if err == nil || errors.Is(err, domain.ErrConflict) {
		return err
	}
	return domain.ErrOutcomeUnknown.WithCause(err)
}

func (r rememberedAnswer) replay(d *deliberation, wrong *domain.Error) (Proven, bool, error) {
	switch {
	case r.Refused:
		wait := domain.Lane{LockedAt: d.now, LockedFor: max(0, r.RetryAt.Sub(d.now))}
		return Proven{}, true, wrong.WithLane(wait, d.now)
	case !access.Holds(r.Proven.Claims, d.user):
		return Proven{}, true, wrong
	}
	return r.Proven, true, nil
}

// remember adds the outcome to the change, so that it commits with the spend.
func (s *Service) remember(a attempt, d *deliberation, refusal *domain.Error) error {
	if a.repeat == nil {
		return nil
	}
	answer := rememberedAnswer{Body: a.repeat.Body[:], Refused: refusal != nil, Proven: d.result}
	if refusal != nil && refusal.RetryAfter > 0 {
		answer.RetryAt = d.now.Add(refusal.RetryAfter)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	key := a.answerKey(d.user)
	sealed, err := s.sealer.Seal(text, answerBinding(a, key))
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	d.change.Answer = &domain.Answer{Key: key, Sealed: sealed, CreatedAt: d.now, ExpiresAt: d.now.Add(answerLifetime)}
	return nil
}

// answerKey scopes the client's key to credential, route and user: this very
// one, not another created under the same id.
func (a attempt) answerKey(u domain.User) string {
	digest := sha256.New()
	incarnation := strconv.FormatInt(u.Incarnation, 10)
	for _, part := range []string{a.caller.CredentialID(), a.repeat.Route, u.ID, incarnation, a.repeat.Key} {
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		digest.Write([]byte(part))
	}
	return hex.EncodeToString(digest.Sum(nil))
}

func answerBinding(a attempt, key string) seal.Binding {
	return seal.Answer(a.caller.TenantID, a.userID, key)
}
