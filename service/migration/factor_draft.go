package migration

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/commit"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/factor"
	"github.com/countersign/countersign/service/identifier"
)

var errUnreadable = domain.ErrUnavailable.WithDetail("A factor that the user has here cannot be opened: its row is damaged, or was changed. Take the user's factors away, with: countersign user reset")

// draft gives the user the factor of the line.
func (i *importer) draft(tenant domain.Tenant, line FactorLine, user domain.User, known bool) (bulk.Verdict, error) {
	verdict, err := i.decide(tenant, line, user, known)
	if err == nil && verdict.Refusal == nil {
		i.taken.add(line, verdict.Draft != nil)
	}
	return verdict, err
}

func (i *importer) decide(tenant domain.Tenant, line FactorLine, user domain.User, known bool) (bulk.Verdict, error) {
	if !known {
		return bulk.Verdict{Refusal: i.remedies.noUser}, nil
	}
	if verdict, refused := bulk.RefusedBy(i.partOf(user)); refused {
		return verdict, nil
	}
	d := i.Draft(i.committer, tenant, user)
	before, further := i.taken.before(line)
	has, err := i.has(d, line)
	if further && before.written {
		has = before.factor == line.digest()
	}
	if verdict, refused := bulk.RefusedBy(unreadable(err)); refused {
		return verdict, nil
	}
	switch {
	case err != nil:
		return bulk.Verdict{}, err
	case has:
		return bulk.Verdict{Outcome: bulk.Unchanged}, nil
	case further:
		return bulk.Verdict{Refusal: errFurther}, nil
	}
	if verdict, refused := bulk.RefusedBy(i.mayReplace(user, line)); refused {
		return verdict, nil
	}
	return i.add(d, line)
}

// partOf refuses users who have no second factor here.
func (i *importer) partOf(user domain.User) *domain.Error {
	refusal := refusalOf(user.TakesPart())
	if refusal != nil && refusal.Code == domain.CodeUserInactive {
		return i.remedies.inactive
	}
	return refusal
}

func refusalOf(err error) *domain.Error {
	var refusal *domain.Error
	errors.As(err, &refusal)
	return refusal
}

// has reports whether the user's factor is that of the line, proven or not: so
// repeating an import changes nothing, whoever has logged in since.
func (i *importer) has(d *commit.Draft, line FactorLine) (bool, error) {
	for _, f := range d.User.ActiveFactors() {
		if f.Type != domain.FactorTOTP {
			continue
		}
		known, err := i.kind.Export(i.round(d), f)
		if err != nil {
			return false, err
		}
		if same(known, line.imported()) {
			return true, nil
		}
	}
	return false, nil
}

// unreadable refuses the line of a user of whom a stored factor cannot be opened,
// which is no reason to end the import. That this replica's keyset lacks a key is
// one: it says nothing of the factor, and is a domain error.
func unreadable(err error) (refusal *domain.Error) {
	if err != nil && refusalOf(err) == nil {
		refusal = errUnreadable.WithCause(err)
	}
	return refusal
}

func same(a, b factor.Imported) bool {
	return a.Algorithm == b.Algorithm && a.Digits == b.Digits && a.Period == b.Period && subtle.ConstantTimeCompare(a.Secret, b.Secret) == 1
}

func (i *importer) round(d *commit.Draft) factor.Round { return i.kinds.Round(d.Tenant, d.User, d.Now) }

// mayReplace refuses a line whose user has an active factor already, unless it is
// to be replaced and may be; and one whose user's factors were taken away here, or
// whoever has the stolen phone is let in by the file from before.
func (i *importer) mayReplace(user domain.User, line FactorLine) *domain.Error {
	active := user.ActiveFactors()
	switch {
	case len(active) == 0 && (user.EverEnrolled || user.MustEnroll) && !i.ReplaceProven:
		return i.remedies.removed
	case len(active) == 0:
		return nil
	case !line.Replace:
		return i.remedies.enabled
	case slices.ContainsFunc(active, domain.Factor.Proven) && !i.ReplaceProven:
		return i.remedies.proven
	case len(active)-len(apps(active)) == domain.MaxFactors:
		return domain.ErrFactorLimitReached
	}
	return nil
}

// apps are those of the factors that an imported one replaces. Passkeys stay.
func apps(active []domain.Factor) []domain.Factor {
	return slices.DeleteFunc(slices.Clone(active), func(f domain.Factor) bool { return f.Type != domain.FactorTOTP })
}

// add makes the factor active, as a confirm would, but for what nobody is there to
// see: there are no recovery codes, and it is not proven.
func (i *importer) add(d *commit.Draft, line FactorLine) (bulk.Verdict, error) {
	f := domain.Factor{ID: identifier.New("fct_"), Type: domain.FactorTOTP, State: domain.FactorActive, CreatedAt: d.Now, ConfirmedAt: d.Now}
	if err := i.kind.Import(i.round(d), &f, line.imported()); err != nil {
		return bulk.Verdict{}, err
	}
	first, outcome := !d.User.Enabled(), bulk.Created
	d.EndGeneration("a factor was imported")
	if i.drop(d, f.ID) {
		outcome = bulk.Changed
	}
	f.Name = cmp.Or(line.Name, d.User.FreeName(f.Type))
	d.User.Factors = append(d.User.Factors, f)
	d.User.EverEnrolled, d.User.MustEnroll = true, false
	if first {
		d.User.EnabledAt = d.Now
	}
	d.Audit(imported(d, f.ID, line))
	return bulk.Verdict{Draft: d, Outcome: outcome}, nil
}

// drop takes away what the factor replaces, and the recovery codes, which were for
// a device that is gone. It reports whether there was anything.
func (i *importer) drop(d *commit.Draft, by string) bool {
	replaced := apps(d.User.ActiveFactors())
	for _, f := range replaced {
		d.AuditRemoved(f.ID, "replaced by "+by)
		d.User.Drop(f.ID)
	}
	if len(replaced) > 0 && d.User.RecoveryCodes.Total > 0 {
		d.User.RecoveryCodes = domain.RecoveryCodeCount{}
		d.Change.Codes = &domain.RecoveryCodeSet{TenantID: d.User.TenantID, UserID: d.User.ID}
	}
	return len(replaced) > 0
}

// imported is the audit row of a factor; nothing of the secret is in it.
func imported(d *commit.Draft, factorID string, line FactorLine) domain.Event {
	event := d.Event(domain.ActionFactorImported).With(
		"algorithm", string(line.Algorithm), "digits", strconv.Itoa(line.Digits), "period_seconds", strconv.Itoa(int(line.Period/time.Second)))
	if line.Weak() {
		event = event.With("weak", "true")
	}
	if slices.ContainsFunc(apps(d.Before.ActiveFactors()), domain.Factor.Proven) {
		event = event.With("replaced_proven", "true")
	}
	event.FactorID = factorID
	return event
}
