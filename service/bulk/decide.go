package bulk

import (
	"context"
	"errors"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// decide carries out a batch.
func (r *run[L]) decide(ctx context.Context, b *batch[L]) error {
	if err := r.stillHolds(ctx); err != nil {
		return err
	}
	for _, wave := range b.rounds {
		if err := r.decideWave(ctx, b, wave); err != nil {
			return err
		}
	}
	return nil
}

func (r *run[L]) stillHolds(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, store.DecisionTimeout)
	defer cancel()
	return r.holds(ctx)
}

// decideWave decides again those whom somebody else changed first. Whoever is
// an administrator whom the guard counts no more goes alone: that takes the
// tenant's row.
func (r *run[L]) decideWave(ctx context.Context, b *batch[L], wave []int) error {
	var alone []int
	err := r.committer.RetryFor(ctx, batchTimeout, func(ctx context.Context) error {
		drafts, guarded, err := r.drafts(ctx, b, wave)
		if err != nil {
			return err
		}
		alone = append(alone, guarded...)
		if wave, err = r.commitDrafts(ctx, b, drafts); err == nil && len(wave) > 0 {
			return domain.ErrConflict
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range alone {
		if err := r.decideAlone(ctx, b, n); err != nil {
			return err
		}
	}
	return nil
}

// draft is what a line changes.
type draft struct {
	line int
	*commit.Draft
	outcome Outcome // once it is committed
}

// drafts decides by the users as stored now, who are read at once. It returns
// what has to be written, and the lines that go alone.
func (r *run[L]) drafts(ctx context.Context, b *batch[L], wave []int) (drafts []draft, alone []int, err error) {
	tenant, err := r.access.Tenant(ctx, r.caller.TenantID)
	if err != nil {
		return nil, nil, err
	}
	users, err := r.stored(ctx, b, wave)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range wave {
		user, known := users[r.key(b.lines[n])]
		v, err := r.verdict(ctx, b, n, tenant, user, known)
		switch {
		case err != nil:
			return nil, nil, err
		case v.Draft == nil:
		case v.Draft.LosesAdmin():
			alone = append(alone, n)
		default:
			drafts = append(drafts, draft{n, v.Draft, v.Outcome})
		}
	}
	return drafts, alone, nil
}

// verdict decides one line, and notes what became of it where nothing has to be
// written.
func (r *run[L]) verdict(ctx context.Context, b *batch[L], n int, tenant domain.Tenant, user domain.User, known bool) (Verdict, error) {
	v, err := r.Draft(tenant, b.lines[n], user, known)
	switch {
	case err != nil || v.Draft != nil:
		return v, err
	case v.Refusal != nil:
		return v, r.refuse(ctx, b, n, v.Refusal)
	}
	b.outcomes[n] = v.Outcome
	return v, nil
}

func (r *run[L]) refuse(ctx context.Context, b *batch[L], n int, refusal *domain.Error) (err error) {
	b.lines[n], err = r.Refuse(ctx, b.lines[n], refusal)
	b.outcomes[n] = Refused
	return err
}

func (r *run[L]) stored(ctx context.Context, b *batch[L], wave []int) (map[domain.UserKey]domain.User, error) {
	keys := make([]domain.UserKey, len(wave))
	for at, n := range wave {
		keys[at] = r.key(b.lines[n])
	}
	found, err := r.store.UsersByKey(ctx, keys)
	users := make(map[domain.UserKey]domain.User, len(found))
	for _, u := range found {
		users[u.Key()] = u
	}
	return users, err
}

func (r *run[L]) key(line L) domain.UserKey {
	return domain.UserKey{TenantID: r.caller.TenantID, UserID: line.Head().UserID}
}

// commitDrafts returns the lines that somebody else was faster than.
func (r *run[L]) commitDrafts(ctx context.Context, b *batch[L], drafts []draft) (again []int, err error) {
	changes := make([]domain.Change, len(drafts))
	for at, draft := range drafts {
		changes[at] = draft.Change
	}
	for at, err := range r.store.Commit(store.Bulk(ctx), changes) {
		switch draft := drafts[at]; {
		case err == nil:
			b.outcomes[draft.line] = draft.outcome
		case errors.Is(err, domain.ErrConflict):
			again = append(again, draft.line)
		default:
			return nil, err
		}
	}
	return again, nil
}

// decideAlone carries out a line as a call about its user alone would be.
func (r *run[L]) decideAlone(ctx context.Context, b *batch[L], n int) error {
	err := r.committer.Retry(ctx, func(ctx context.Context) error { return r.decideAloneOnce(ctx, b, n) })
	var refusal *domain.Error
	if !errors.As(err, &refusal) || refusal.Code != domain.CodeLastAdmin {
		return err
	}
	return r.refuse(ctx, b, n, refusal)
}

func (r *run[L]) decideAloneOnce(ctx context.Context, b *batch[L], n int) error {
	tenant, err := r.access.Tenant(ctx, r.caller.TenantID)
	if err != nil {
		return err
	}
	user, err := r.store.User(ctx, r.caller.TenantID, b.lines[n].Head().UserID)
	known := !errors.Is(err, domain.ErrNotFound)
	if err != nil && known {
		return err
	}
	v, err := r.verdict(ctx, b, n, tenant, user, known)
	if err != nil || v.Draft == nil {
		return err
	}
	if err := r.committer.GuardLastAdmin(ctx, v.Draft); err != nil {
		return err
	}
	if err := r.committer.Commit(ctx, v.Draft.Change); err != nil {
		return err
	}
	b.outcomes[n] = v.Outcome
	return nil
}
