package directory

import (
	"context"
	"errors"
	"slices"

	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// importBatch is how many lines share a commit. More would hardly be
// cheaper, and on SQLite keep others waiting.
const importBatch = 250

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
	users    map[string]int // how many lines are about each
	rounds   [][]int        // lines by index, in turns that hold one line of each user
}

func newLineBatch(lines []UserLine) *lineBatch {
	b := &lineBatch{lines: lines, outcomes: make([]importOutcome, len(lines)), users: make(map[string]int, len(lines))}
	for n, line := range lines {
		if line.Refusal != nil {
			continue
		}
		turn := b.users[line.UserID]
		b.users[line.UserID]++
		if turn == len(b.rounds) {
			b.rounds = append(b.rounds, nil)
		}
		b.rounds[turn] = append(b.rounds[turn], n)
	}
	return b
}

func (b *lineBatch) overlaps(other *lineBatch) bool {
	for id := range b.users {
		if other.users[id] > 0 {
			return true
		}
	}
	return false
}

// decision is a batch that is being decided.
type decision struct {
	batch    *lineBatch
	made     chan struct{} // closed when it is
	err      error
	panicked any
}

// begin decides a batch, whatever becomes of ctx.
func (i *importer) begin(ctx context.Context, b *lineBatch) {
	d := &decision{batch: b, made: make(chan struct{})}
	i.inFlight = append(i.inFlight, d)
	go func() {
		defer close(d.made)
		defer func() { d.panicked = recover() }() // this goroutine is nobody's to catch
		d.err = i.decide(context.WithoutCancel(ctx), b)
	}()
}

// awaitConflicting waits for those that b must come after: of two lines about one user
// the later one comes later.
func (i *importer) awaitConflicting(b *lineBatch) error {
	if slices.ContainsFunc(i.inFlight, func(d *decision) bool { return b.overlaps(d.batch) }) {
		return i.collect(0)
	}
	return nil
}

// oldest is closed when the batch that is counted next has been decided; nil
// where there is none.
func (i *importer) oldest() <-chan struct{} {
	if len(i.inFlight) == 0 {
		return nil
	}
	return i.inFlight[0].made
}

// collect waits for the oldest batches until no more than so many are out, and
// counts each: nothing is counted before all that came before it.
func (i *importer) collect(left int) error {
	for len(i.inFlight) > left {
		d := i.inFlight[0]
		<-d.made
		i.inFlight = i.inFlight[1:]
		if d.panicked != nil {
			panic(d.panicked)
		}
		if d.err != nil {
			return d.err
		}
		i.count(d.batch)
	}
	return nil
}

// abandon waits for those whose outcome counts no more.
func (i *importer) abandon() {
	for _, d := range i.inFlight {
		<-d.made
	}
}

// decide carries out a batch.
func (i *importer) decide(ctx context.Context, b *lineBatch) error {
	if err := i.stillHolds(ctx); err != nil {
		return err
	}
	for _, wave := range b.rounds {
		if err := i.decideWave(ctx, b, wave); err != nil {
			return err
		}
	}
	return nil
}

func (i *importer) stillHolds(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, store.DecisionTimeout)
	defer cancel()
	return i.credentialHolds(ctx)
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
	err := i.committer.RetryFor(ctx, importTimeout, func(ctx context.Context) error {
		drafts, guarded, err := i.drafts(ctx, b, wave)
		if err != nil {
			return err
		}
		alone = append(alone, guarded...)
		if wave, err = i.commitDrafts(ctx, b, drafts); err == nil && len(wave) > 0 {
			return domain.ErrConflict
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
	*commit.Draft
}

// drafts decides by the users as stored now, who are read at once. It returns
// what has to be written, and the lines that go alone.
func (i *importer) drafts(ctx context.Context, b *lineBatch, wave []int) (drafts []lineDraft, alone []int, err error) {
	tenant, err := i.access.Tenant(ctx, i.caller.TenantID)
	if err != nil {
		return nil, nil, err
	}
	users, err := i.stored(ctx, b, wave)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range wave {
		line := b.lines[n]
		user, known := users[i.key(line)]
		if !known {
			user = i.newUser(tenant, line.UserID)
		}
		d := i.committer.DraftOf(i.caller, tenant, user)
		d.AuditBy(i.by(line))
		if b.lines[n].Refusal = i.checkChanged(d, line.input()); b.lines[n].Refusal != nil {
			continue
		}
		switch {
		case !setProfile(d, line.input()):
			b.outcomes[n] = lineUnchanged
		case d.LosesAdmin():
			alone = append(alone, n)
		default:
			drafts = append(drafts, lineDraft{n, d})
		}
	}
	return drafts, alone, nil
}

func (i *importer) by(line UserLine) func(domain.Action) domain.Event {
	return func(action domain.Action) domain.Event { return i.event(action, domain.OutcomeSuccess, line.UserID) }
}

func (i *importer) stored(ctx context.Context, b *lineBatch, wave []int) (map[domain.UserKey]domain.User, error) {
	keys := make([]domain.UserKey, len(wave))
	for at, n := range wave {
		keys[at] = i.key(b.lines[n])
	}
	found, err := i.store.UsersByKey(ctx, keys)
	users := make(map[domain.UserKey]domain.User, len(found))
	for _, u := range found {
		users[u.Key()] = u
	}
	return users, err
}

func (i *importer) key(line UserLine) domain.UserKey {
	return domain.UserKey{TenantID: i.caller.TenantID, UserID: line.UserID}
}

// commitDrafts returns the lines that somebody else was faster than.
func (i *importer) commitDrafts(ctx context.Context, b *lineBatch, drafts []lineDraft) (again []int, err error) {
	changes := make([]domain.Change, len(drafts))
	for at, draft := range drafts {
		changes[at] = draft.Change
	}
	for at, err := range i.store.Commit(store.Bulk(ctx), changes) {
		switch draft := drafts[at]; {
		case err == nil:
			b.outcomes[draft.line] = outcomeOf(draft.Draft)
		case errors.Is(err, domain.ErrConflict):
			again = append(again, draft.line)
		default:
			return nil, err
		}
	}
	return again, nil
}

// outcomeOf a draft that has been carried out.
func outcomeOf(d *commit.Draft) importOutcome {
	switch {
	case d.Before.Version == 0:
		return lineCreated
	case d.Before.Profile == d.User.Profile && d.Before.CredentialsChangedAt.Equal(d.User.CredentialsChangedAt):
		return lineUnchanged
	}
	return lineUpdated
}

// decideAlone carries out a line as PutUser does.
func (i *importer) decideAlone(ctx context.Context, b *lineBatch, n int) error {
	line := &b.lines[n]
	err := i.committer.Retry(ctx, func(ctx context.Context) error {
		d, err := i.draft(ctx, i.caller, line.UserID)
		if err != nil {
			return err
		}
		d.AuditBy(i.by(*line))
		if err := i.put(ctx, d, line.input()); err != nil {
			return err
		}
		b.outcomes[n] = outcomeOf(d)
		return nil
	})
	var refusal *domain.Error
	if !errors.As(err, &refusal) || refusal.Code != domain.CodeLastAdmin {
		return err
	}
	line.Refusal = refusal
	return i.trail.WriteRefusal(ctx, i.event(domain.ActionAccessRefused, domain.OutcomeRefused, line.UserID), domain.OpImportUsers, refusal)
}
