package proof

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
	Proven  Result    `json:"proven"`
}

// lookup is what was found of the answer to a call, for one state of its user.
type lookup struct {
	incarnation, version int64
	answer               *domain.Answer // nil: none
}

// lookUp looks for the answer to a call with an Idempotency-Key.
func (p *Path) lookUp(ctx context.Context, a Attempt, d *Draft) (lookup, error) {
	seen := lookup{incarnation: d.User.Incarnation, version: d.User.Version}
	if a.Repeat == nil {
		return seen, nil
	}
	answer, err := p.store.Answer(ctx, domain.AnswerKey{TenantID: a.Caller.TenantID, Key: a.answerKey(d.User)})
	switch {
	case errors.Is(err, domain.ErrNotFound):
		return seen, nil
	case err != nil:
		return seen, err
	}
	if answer.ExpiresAt.After(d.Now) {
		seen.answer = &answer
	}
	return seen, nil
}

// isCurrent reports that to look again for u would find the same: an answer stays
// for its time, and none comes without a new version.
func (l lookup) isCurrent(u domain.User) bool {
	return l.incarnation == u.Incarnation && (l.answer != nil || l.version == u.Version)
}

// recall returns what was decided when this very call came before; seen may have
// it. A success is told again only while it holds: not of a user who is inactive
// since, or whose factors changed.
func (p *Path) recall(ctx context.Context, a Attempt, d *Draft, seen lookup) (result Result, ok bool, err error) {
	if a.Repeat == nil {
		return Result{}, false, nil
	}
	if !d.User.Active {
		return Result{}, false, domain.ErrUserInactive
	}
	if !seen.isCurrent(d.User) {
		if seen, err = p.lookUp(ctx, a, d); err != nil {
			return Result{}, false, err
		}
	}
	if seen.answer == nil {
		return Result{}, false, nil
	}
	key := a.answerKey(d.User)
	text, err := keys.OpenStored(p.sealer, seen.answer.Sealed, answerBinding(a, key))
	if err != nil {
		return Result{}, false, fmt.Errorf("remembered answer: %w", err)
	}
	var remembered rememberedAnswer
	if err := json.Unmarshal(text, &remembered); err != nil {
		return Result{}, false, fmt.Errorf("remembered answer: %w", err)
	}
	remembered.Proven.tenant = d.Tenant
	if subtle.ConstantTimeCompare(remembered.Body, a.Repeat.Body[:]) == 0 {
		return Result{}, true, domain.ErrIdempotencyKeyReused
	}
	if err := p.awaitDurable(ctx, domain.AnswerKey{TenantID: a.Caller.TenantID, Key: key}); err != nil {
		return Result{}, false, err
	}
	return remembered.replay(d, a.Proof.wrong())
}

// awaitDurable makes sure that an answer lasts which can be read. That is what its own
// commit waited for, perhaps in vain: the standby that was to have it was gone.
// As long as that is not known, nor is what became of the call.
func (p *Path) awaitDurable(ctx context.Context, key domain.AnswerKey) error {
	_, err := p.durable.Get(ctx, key, func() (struct{}, error) {
		return struct{}{}, p.committer.Commit(ctx, domain.Change{TenantID: key.TenantID, RepeatedAnswer: key.Key})
	})
	if err == nil || errors.Is(err, domain.ErrConflict) {
		return err
	}
	return domain.ErrOutcomeUnknown.WithCause(err)
}

func (r rememberedAnswer) replay(d *Draft, wrong *domain.Error) (Result, bool, error) {
	switch {
	case r.Refused:
		wait := domain.Lane{LockedAt: d.Now, LockedFor: max(0, r.RetryAt.Sub(d.Now))}
		return Result{}, true, wrong.WithLane(wait, d.Now)
	case !access.Holds(r.Proven.Claims, d.User):
		return Result{}, true, wrong
	}
	return r.Proven, true, nil
}

// remember adds the outcome to the change, so that it commits with the spend.
func (p *Path) remember(a Attempt, d *Draft, refusal *domain.Error) error {
	if a.Repeat == nil {
		return nil
	}
	answer := rememberedAnswer{Body: a.Repeat.Body[:], Refused: refusal != nil, Proven: d.Result}
	if refusal != nil && refusal.RetryAfter > 0 {
		answer.RetryAt = d.Now.Add(refusal.RetryAfter)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	key := a.answerKey(d.User)
	sealed, err := p.sealer.Seal(text, answerBinding(a, key))
	if err != nil {
		return fmt.Errorf("remember answer: %w", err)
	}
	d.Change.Answer = &domain.Answer{Key: key, Sealed: sealed, CreatedAt: d.Now, ExpiresAt: d.Now.Add(answerLifetime)}
	return nil
}

// answerKey scopes the client's key to credential, route and user: this very
// one, not another created under the same id.
func (a Attempt) answerKey(u domain.User) string {
	digest := sha256.New()
	incarnation := strconv.FormatInt(u.Incarnation, 10)
	for _, part := range []string{a.Caller.CredentialID(), a.Repeat.Route, u.ID, incarnation, a.Repeat.Key} {
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		digest.Write([]byte(part))
	}
	return hex.EncodeToString(digest.Sum(nil))
}

func answerBinding(a Attempt, key string) seal.Binding {
	return seal.Answer(a.Caller.TenantID, a.UserID, key)
}
