package service

import (
	"context"
	"errors"
)

// importOutcome is what became of a line.
type importOutcome int

const (
	lineRefused importOutcome = iota // or not decided yet
	lineCreated
	lineUpdated
	lineUnchanged
)

// lineBatch is what is decided together: lines, and what became of each.
type lineBatch struct {
	lines    []UserLine
	outcomes []importOutcome
}

// decide carries out a batch, once begun whatever becomes of ctx. Only when all
// of it is decided is any of it counted.
func (i *importer) decide(ctx context.Context, lines []UserLine) error {
	ctx = context.WithoutCancel(ctx)
	if err := i.stillHolds(ctx); err != nil {
		return err
	}
	b := &lineBatch{lines: lines, outcomes: make([]importOutcome, len(lines))}
	for _, wave := range b.waves() {
		if err := i.decideWave(ctx, b, wave); err != nil {
			return err
		}
	}
	i.count(b)
	return nil
}

func (i *importer) stillHolds(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	return i.holds(ctx)
}

// waves are the lines by index, in turns that hold one line of each user.
func (b *lineBatch) waves() [][]int {
	var waves [][]int
	turns := make(map[string]int, len(b.lines))
	for n, line := range b.lines {
		if line.Refusal != nil {
			continue
		}
		turn := turns[line.UserID]
		turns[line.UserID]++
		if turn == len(waves) {
			waves = append(waves, nil)
		}
		waves[turn] = append(waves[turn], n)
	}
	return waves
}

func (i *importer) count(b *lineBatch) {
	for n, line := range b.lines {
		switch b.outcomes[n] {
		case lineCreated:
			i.sum.Created++
		case lineUpdated:
			i.sum.Updated++
		case lineUnchanged:
			i.sum.Unchanged++
		case lineRefused:
			i.sum.Failed++
			i.Refused(line)
		}
		i.done = line.Number
	}
}

// decideWave decides again those whom somebody else changed first. Whoever is
// an enrolled administrator no more goes alone: that takes the tenant's row.
func (i *importer) decideWave(ctx context.Context, b *lineBatch, wave []int) error {
	var alone []int
	err := i.retryFor(ctx, importTimeout, func(ctx context.Context) error {
		drafts, guarded, err := i.draft(ctx, b, wave)
		if err != nil {
			return err
		}
		alone = append(alone, guarded...)
		if wave, err = i.commitDrafts(ctx, b, drafts); err == nil && len(wave) > 0 {
			return ErrConflict
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range alone {
		if err := i.decideAlone(ctx, b, n); err != nil {
			return err
		}
	}
	return nil
}

// lineDraft is what a line changes.
type lineDraft struct {
	line int
	*deliberation
}

// draft decides by the users as stored now, who are read at once. It returns
// what has to be written, and the lines that go alone.
func (i *importer) draft(ctx context.Context, b *lineBatch, wave []int) (drafts []lineDraft, alone []int, err error) {
	tenant, err := i.tenant(ctx, i.caller.TenantID)
	if err != nil {
		return nil, nil, err
	}
	users, err := i.stored(ctx, b, wave)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range wave {
		line := b.lines[n]
		user, known := users[line.UserID]
		if !known {
			user = i.newcomer(tenant, line.UserID)
		}
		d := i.deliberateOn(i.caller, tenant, user)
		switch {
		case !d.setProfile(line.Profile, i.by(line)):
			b.outcomes[n] = lineUnchanged
		case d.losesAdmin():
			alone = append(alone, n)
		default:
			drafts = append(drafts, lineDraft{n, d})
		}
	}
	return drafts, alone, nil
}

func (i *importer) by(line UserLine) func(Action) Event {
	return func(action Action) Event { return i.event(action, OutcomeSuccess, line.UserID) }
}

func (i *importer) stored(ctx context.Context, b *lineBatch, wave []int) (map[string]User, error) {
	ids := make([]string, len(wave))
	for at, n := range wave {
		ids[at] = b.lines[n].UserID
	}
	found, err := i.store.Users(ctx, i.caller.TenantID, UserFilter{IDs: ids})
	users := make(map[string]User, len(found))
	for _, user := range found {
		users[user.ID] = user
	}
	return users, err
}

// commitDrafts returns the lines that somebody else was faster than.
func (i *importer) commitDrafts(ctx context.Context, b *lineBatch, drafts []lineDraft) (again []int, err error) {
	changes := make([]Change, len(drafts))
	for at, draft := range drafts {
		changes[at] = draft.change
	}
	for at, err := range i.commitTogether(ctx, changes) {
		switch draft := drafts[at]; {
		case err == nil:
			b.outcomes[draft.line] = outcomeOf(draft.deliberation)
		case errors.Is(err, ErrConflict):
			again = append(again, draft.line)
		default:
			return nil, err
		}
	}
	return again, nil
}

// commitTogether is commit for changes of many users, one each, none of which
// takes the tenant's row. They do not queue with those of others: there are
// enough of them. Nor are they remembered: they would drive out those who log in.
func (s *Service) commitTogether(ctx context.Context, changes []Change) []error {
	errs := s.store.Commit(ctx, changes)
	for _, c := range changes {
		s.snapshots.forget(c.TenantID, c.User.ID)
	}
	return errs
}

// outcomeOf a deliberation that has been carried out.
func outcomeOf(d *deliberation) importOutcome {
	switch {
	case d.before.Version == 0:
		return lineCreated
	case d.before.Profile == d.user.Profile:
		return lineUnchanged
	}
	return lineUpdated
}

// decideAlone carries out a line as PutUser does.
func (i *importer) decideAlone(ctx context.Context, b *lineBatch, n int) error {
	line := &b.lines[n]
	err := i.retry(ctx, func(ctx context.Context) error {
		d, err := i.putUserOnce(ctx, i.caller, line.UserID, line.Profile, i.by(*line))
		if err == nil {
			b.outcomes[n] = outcomeOf(d)
		}
		return err
	})
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Code != CodeLastAdmin {
		return err
	}
	line.Refusal = refusal
	return i.leaveRefusal(ctx, i.event(ActionAccessRefused, OutcomeRefused, line.UserID), OpImportUsers, refusal)
}
