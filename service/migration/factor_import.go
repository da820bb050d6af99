package migration

import (
	"context"
	"iter"
	"slices"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
)

// FactorImportInput is a stream of factors.
type FactorImportInput struct {
	// Lines come in the order of their numbers. An error ends them: what was
	// read since the last batch is dropped.
	Lines iter.Seq2[FactorLine, error]
	// Stop makes Lines end, though they may be waiting for more, when no more
	// are wanted; nil: they do not wait.
	Stop func()
	// Refused is told each line that failed, in order, when it is decided; by
	// one goroutine at a time. It is required.
	Refused func(FactorLine)
	// ReplaceProven lets lines that replace reach factors that are proven too, and
	// all lines users whose factors were removed here. It is the operator's alone.
	ReplaceProven bool
}

// FactorImport counts what became of the lines.
type FactorImport struct {
	Created, Replaced, Unchanged, Failed int
	// Weak are those not failed whose secrets have fewer than 128 bits.
	Weak int
}

// ImportFactors gives each line's user its factor, which is active and not proven:
// whole, with the audit row, or not at all. A line that fails stops no other. The
// same line again changes nothing, and brings back no factor that was removed here. Of
// several factors of a user in the stream the first that is accepted is taken, and
// each other one refused, whatever it says. When ctx ends, the credential is revoked
// or the store fails before the lines end, the error is a *[bulk.Ended].
func (s *Migration) ImportFactors(ctx context.Context, c domain.Caller, in FactorImportInput) (FactorImport, error) {
	if err := s.access.Authorize(ctx, c, domain.OpImportFactors, ""); err != nil {
		return FactorImport{}, err
	}
	in.ReplaceProven = false
	i := &importer{Migration: s, FactorImportInput: in, Requester: bulk.ByCaller(s.authenticator, s.trail, c), remedies: byRequest}
	return i.run(ctx)
}

// OperatorImportFactors is ImportFactors at the command line. A tenant that does
// not exist is ErrNotFound.
func (s *Migration) OperatorImportFactors(ctx context.Context, op domain.Operator, tenantID string, in FactorImportInput) (FactorImport, error) {
	if _, err := s.store.Tenant(ctx, tenantID); err != nil {
		return FactorImport{}, err
	}
	i := &importer{Migration: s, FactorImportInput: in, Requester: bulk.ByOperator(s.trail, op, tenantID), remedies: byCommand}
	defer s.trail.WriteCounts(ctx)
	return i.run(ctx)
}

// importer is one import on its way.
type importer struct {
	*Migration
	FactorImportInput
	bulk.Requester
	remedies remedies
	kind     factor.Portable
	taken    *taken
	sum      FactorImport
}

func (i *importer) run(ctx context.Context) (_ FactorImport, err error) {
	if i.kind, err = i.totp(); err != nil {
		return FactorImport{}, err
	}
	i.taken = newTaken()
	err = bulk.Run(ctx, i.bulk, bulk.Input[FactorLine]{
		Requester: i.Requester, Lines: bulk.Checked(i.Lines, FactorLine.checked), Stop: i.Stop,
		Draft: i.draft, Refuse: i.refuse, Count: i.count,
	})
	return i.sum, err
}

// refuse leaves in the trail that somebody tried a factor on a user who has one, or
// whose own were removed, or on the last admin. That a line is malformed, or its user
// not here, is no matter of the trail.
func (i *importer) refuse(ctx context.Context, line FactorLine, refusal *domain.Error) (FactorLine, error) {
	line.Refusal = refusal
	i.taken.drop(line)
	if !slices.Contains(audited, refusal.Code) {
		return line, nil
	}
	return line, i.trail.WriteRefusal(ctx, i.RefusalEvent(line.UserID), domain.OpImportFactors, refusal)
}

var audited = []domain.Code{domain.CodeAlreadyExists, domain.CodeReenrollmentRequired, domain.CodeLastAdmin}

func (i *importer) count(line FactorLine, outcome bulk.Outcome) {
	if outcome != bulk.Refused && line.Weak() {
		i.sum.Weak++
	}
	switch outcome {
	case bulk.Created:
		i.sum.Created++
	case bulk.Changed:
		i.sum.Replaced++
	case bulk.Unchanged:
		i.sum.Unchanged++
	case bulk.Refused:
		i.sum.Failed++
		i.Refused(line.told())
	}
}
