package operator

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/countersign/countersign/service/domain"
)

// TenantUpdate replaces what is not nil.
type TenantUpdate struct {
	DisplayName *string // empty: the tenant's name
	Origins     []string
	// AddOrigins and RemoveOrigins change those there are, whoever else changes some at
	// the same time. To add one that is there changes nothing.
	AddOrigins, RemoveOrigins []string
	Audiences                 []string
	RPID                      *string // empty: none from now on
	// RelatedOrigins is as in [TenantInput].
	RelatedOrigins bool
	// StopPasskeys agrees that passkeys stop working: those of another RPID, or all where
	// no origin is left.
	StopPasskeys bool
}

// UpdateTenant changes a tenant's display name, origins, audiences and relying party id.
// One that would stop passkeys is a *PasskeysStopError, unless its author agrees. Whether it
// would is judged on the version of the tenant that the update replaces, whoever else
// changes the tenant at the same time.
func (c *Commands) UpdateTenant(ctx context.Context, op domain.Operator, id string, in TenantUpdate) (domain.Tenant, error) {
	update := tenantUpdate{commands: c, in: in, operator: op, tenantID: id, passkeys: map[string]int{}}
	for {
		var tenant domain.Tenant
		err := c.committer.Retry(ctx, func(ctx context.Context) (err error) {
			tenant, err = update.decide(ctx)
			return err
		})
		var uncounted uncountedError
		if !errors.As(err, &uncounted) {
			return tenant, err
		}
		if err := update.count(ctx, uncounted.rpID); err != nil {
			return domain.Tenant{}, err
		}
	}
}

// tenantUpdate is an update that is being decided.
type tenantUpdate struct {
	commands *Commands
	in       TenantUpdate
	operator domain.Operator
	tenantID string
	passkeys map[string]int // how many there are, by relying party id
}

// decide makes one round of the decision.
func (u tenantUpdate) decide(ctx context.Context) (domain.Tenant, error) {
	former, err := u.commands.store.Tenant(ctx, u.tenantID)
	if err != nil {
		return domain.Tenant{}, err
	}
	next, err := u.in.apply(former)
	if err != nil || !changed(former, next) {
		return next, err
	}
	stopped, err := u.stoppedPasskeys(former, next)
	if err != nil {
		return domain.Tenant{}, err
	}
	event := u.commands.trail.ByOperator(u.operator, u.tenantID, domain.ActionTenantUpdated, "")
	if next.RPID != former.RPID || stopped > 0 {
		event = event.With("rp_id", next.RPID, "passkeys_stopped", strconv.Itoa(stopped))
	}
	return next, u.commands.committer.Commit(ctx, domain.Change{TenantID: u.tenantID, Tenant: &next, Events: []domain.Event{event}})
}

// apply returns the tenant as updated, or why the update is refused.
func (in TenantUpdate) apply(former domain.Tenant) (t domain.Tenant, err error) {
	t = former
	if in.DisplayName != nil {
		t.DisplayName = *in.DisplayName
	}
	if err := in.applyOrigins(&t); err != nil {
		return domain.Tenant{}, err
	}
	if in.Audiences != nil {
		t.Audiences = in.Audiences
	}
	if in.RPID != nil {
		if t.RPID, err = parseRPID(*in.RPID); err != nil {
			return domain.Tenant{}, err
		}
	}
	if demandsPasskeys(former.Policy) && stopsPasskeys(former, t) {
		return domain.Tenant{}, errMandatedPasskeys
	}
	if !in.RelatedOrigins {
		if err := checkOrigins(toCheck(former, t), in.Origins); err != nil {
			return domain.Tenant{}, err
		}
	}
	return t, t.Check()
}

// toCheck returns the updated tenant with those of its origins that have to be checked: all
// of them where the rp id changes, else the new ones. The others were let in before, related
// ones among them.
func toCheck(former, next domain.Tenant) domain.Tenant {
	if next.RPID == former.RPID {
		next.Origins = slices.DeleteFunc(slices.Clone(next.Origins), func(o string) bool { return slices.Contains(former.Origins, o) })
	}
	return next
}

func (in TenantUpdate) applyOrigins(t *domain.Tenant) (err error) {
	if in.Origins != nil {
		t.Origins, err = parseOrigins(in.Origins)
		return err
	}
	removed, err := parseOrigins(in.RemoveOrigins)
	if err != nil {
		return err
	}
	added, err := parseOrigins(in.AddOrigins)
	if err != nil {
		return err
	}
	for _, origin := range removed {
		if !slices.Contains(t.Origins, origin) {
			return refuse("The tenant has no origin %s to remove. See those it has with: countersign tenant list", quoted(origin, "of that name"))
		}
	}
	t.Origins = slices.DeleteFunc(slices.Clone(t.Origins), func(o string) bool { return slices.Contains(removed, o) })
	for _, origin := range added {
		if !slices.Contains(t.Origins, origin) {
			t.Origins = append(t.Origins, origin)
		}
	}
	return nil
}

// changed reports whether an update changes anything: one that does not leaves no event.
func changed(former, next domain.Tenant) bool {
	return former.DisplayName != next.DisplayName || former.RPID != next.RPID ||
		!slices.Equal(former.Origins, next.Origins) || !slices.Equal(former.Audiences, next.Audiences)
}
