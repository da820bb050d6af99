package directory

import (
	"context"
	"iter"
	"time"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
)

// UserLine is one line of an import: a user as the host says it is.
type UserLine struct {
	Number  int // of the line, from 1
	UserID  string
	Profile domain.Profile
	// CredentialsChangedAt is as in [UserInput].
	CredentialsChangedAt time.Time
	// Refusal says why the line is no user, or why it was not carried out; nil
	// where nothing is wrong with it. The rest may be empty then.
	Refusal *domain.Error
}

// Head is what the line says for whoever carries it out.
func (l UserLine) Head() bulk.Head {
	return bulk.Head{Number: l.Number, UserID: l.UserID, Refused: l.Refusal != nil}
}

// UserImportInput is a stream of users.
type UserImportInput struct {
	// Lines come in the order of their numbers. An error ends them: what was
	// read since the last batch is dropped.
	Lines iter.Seq2[UserLine, error]
	// Stop makes Lines end, though they may be waiting for more, when no more
	// are wanted; nil: they do not wait.
	Stop func()
	// Refused is told each line that failed, in order, when it is decided; by
	// one goroutine at a time. It is required.
	Refused func(UserLine)
}

// UserImport counts what became of the lines.
type UserImport struct {
	Created, Updated, Unchanged, Failed int
}

// ImportUsers does for each line what PutUser does: each user is written whole,
// with the audit row, or not at all, and a line that fails stops no other. Of
// two lines about one user the later one comes later. Memory is bounded whatever
// their number. When ctx ends, the credential is revoked or the store fails
// before the lines end, the error is a *[bulk.Ended].
func (s *Directory) ImportUsers(ctx context.Context, c domain.Caller, in UserImportInput) (UserImport, error) {
	if err := s.access.Authorize(ctx, c, domain.OpImportUsers, ""); err != nil {
		return UserImport{}, err
	}
	i := &importer{Directory: s, UserImportInput: in, Requester: bulk.ByCaller(s.authenticator, s.trail, c)}
	return i.run(ctx)
}

// OperatorImportUsers is ImportUsers at the command line. A tenant that does not
// exist is ErrNotFound.
func (s *Directory) OperatorImportUsers(ctx context.Context, op domain.Operator, tenantID string, in UserImportInput) (UserImport, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return UserImport{}, err
	}
	i := &importer{Directory: s, UserImportInput: in, Requester: bulk.ByOperator(s.trail, op, tenantID)}
	defer s.trail.WriteCounts(ctx)
	return i.run(ctx)
}

// importer is one import on its way.
type importer struct {
	*Directory
	UserImportInput
	bulk.Requester
	sum UserImport
}

func (i *importer) run(ctx context.Context) (UserImport, error) {
	err := bulk.Run(ctx, i.bulk, bulk.Input[UserLine]{
		Requester: i.Requester, Lines: bulk.Checked(i.Lines, UserLine.checked), Stop: i.Stop,
		Draft: i.draftLine, Refuse: i.refuse, Count: i.count,
	})
	return i.sum, err
}

func (l UserLine) input() UserInput {
	return UserInput{Profile: l.Profile, CredentialsChangedAt: l.CredentialsChangedAt}
}

// checked refuses what PutUser would refuse. An id that is none is not kept, so
// that nobody repeats it.
func (l UserLine) checked() UserLine {
	refusal := l.Profile.Check()
	if !domain.ValidUserID(l.UserID) {
		l.UserID, refusal = "", domain.ErrUserID
	}
	if domain.IsPseudonym(l.UserID) {
		refusal = domain.ErrPseudonym
	}
	if l.Refusal == nil {
		l.Refusal = refusal
	}
	return l
}

func (i *importer) draftLine(tenant domain.Tenant, line UserLine, user domain.User, known bool) (bulk.Verdict, error) {
	if !known {
		user = i.newUser(tenant, line.UserID)
	}
	d := i.Draft(i.committer, tenant, user)
	if verdict, refused := bulk.RefusedBy(i.checkChanged(d, line.input())); refused {
		return verdict, nil
	}
	switch {
	case !setProfile(d, line.input()):
		return bulk.Verdict{Outcome: bulk.Unchanged}, nil
	case !known:
		return bulk.Verdict{Draft: d, Outcome: bulk.Created}, nil
	}
	return bulk.Verdict{Draft: d, Outcome: bulk.Changed}, nil
}

func (i *importer) refuse(ctx context.Context, line UserLine, refusal *domain.Error) (UserLine, error) {
	line.Refusal = refusal
	return line, i.trail.WriteRefusal(ctx, i.RefusalEvent(line.UserID), domain.OpImportUsers, refusal)
}

func (i *importer) count(line UserLine, outcome bulk.Outcome) {
	switch outcome {
	case bulk.Created:
		i.sum.Created++
	case bulk.Changed:
		i.sum.Updated++
	case bulk.Unchanged:
		i.sum.Unchanged++
	case bulk.Refused:
		i.sum.Failed++
		i.Refused(line)
	}
}
