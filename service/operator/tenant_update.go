package operator

import (
	"context"
	"fmt"
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
	// StopPasskeys agrees that those of another RPID stop working.
	StopPasskeys bool
}

// errMandatedPasskeys keeps a mandate from having nobody who meets it: no administrator
// has a passkey of another relying party id, nor could anybody log in where no page asks
// for passkeys.
var errMandatedPasskeys = domain.ErrInvalidRequest.WithDetail("Two-step verification by passkey is mandatory here: with another rp id, or without an origin, nobody could log in. Have an administrator lift the mandate or allow any method first, then make the change, and mandate passkeys again when an administrator has one that works.")

// PasskeysStopError refuses a change of the relying party id to which nobody has
// agreed.
type PasskeysStopError struct{ Count int }

// Error says how many stop.
func (e *PasskeysStopError) Error() string {
	return fmt.Sprintf("passkeys that stop working with the other rp id: %d", e.Count)
}

// UpdateTenant changes a tenant's display name, origins, audiences and relying
// party id; the last with a *PasskeysStopError, unless its author agrees.
func (c *Commands) UpdateTenant(ctx context.Context, op domain.Operator, id string, in TenantUpdate) (domain.Tenant, error) {
	stopped, err := c.stoppedPasskeys(ctx, id, in)
	if err != nil {
		return domain.Tenant{}, err
	}
	var tenant domain.Tenant
	err = c.committer.Retry(ctx, func(ctx context.Context) (err error) {
		if tenant, err = c.store.Tenant(ctx, id); err != nil {
			return err
		}
		event := c.trail.ByOperator(op, id, domain.ActionTenantUpdated, "")
		former := tenant
		if tenant, err = in.apply(tenant); err != nil || !changed(former, tenant) {
			return err
		}
		if tenant.RPID != former.RPID || stopped > 0 {
			event = event.With("rp_id", tenant.RPID, "passkeys_stopped", strconv.Itoa(stopped))
		}
		return c.committer.Commit(ctx, domain.Change{TenantID: id, Tenant: &tenant, Events: []domain.Event{event}})
	})
	return tenant, err
}

// apply returns the tenant as it shall be, or why it cannot.
func (in TenantUpdate) apply(former domain.Tenant) (t domain.Tenant, err error) {
	t = former
	if in.DisplayName != nil {
		t.DisplayName = *in.DisplayName
	}
	toCheck, err := in.applyOrigins(&t)
	if err != nil {
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
	if endsMandated(former, t) {
		return domain.Tenant{}, errMandatedPasskeys
	}
	if in.RPID != nil {
		toCheck = t.Origins
	}
	if !in.RelatedOrigins {
		if err := checkOrigins(domain.Tenant{ID: t.ID, RPID: t.RPID, Origins: toCheck}); err != nil {
			return domain.Tenant{}, err
		}
	}
	return t, t.Check()
}

// applyOrigins changes the origins, and returns those that are new.
func (in TenantUpdate) applyOrigins(t *domain.Tenant) (added []string, err error) {
	if in.Origins != nil {
		t.Origins, err = parseOrigins(in.Origins)
		return t.Origins, err
	}
	removed, err := parseOrigins(in.RemoveOrigins)
	if err != nil {
		return nil, err
	}
	if added, err = parseOrigins(in.AddOrigins); err != nil {
		return nil, err
	}
	for _, origin := range removed {
		if !slices.Contains(t.Origins, origin) {
			return nil, domain.ErrInvalidRequest.WithDetail(fmt.Sprintf("The tenant has no origin %q to remove. See those it has with: countersign tenant list", origin))
		}
	}
	t.Origins = slices.DeleteFunc(slices.Clone(t.Origins), func(o string) bool { return slices.Contains(removed, o) })
	for _, origin := range added {
		if !slices.Contains(t.Origins, origin) {
			t.Origins = append(t.Origins, origin)
		}
	}
	return added, nil
}

// changed reports whether an update does anything at all: what does not is in no trail.
func changed(former, next domain.Tenant) bool {
	return former.DisplayName != next.DisplayName || former.RPID != next.RPID ||
		!slices.Equal(former.Origins, next.Origins) || !slices.Equal(former.Audiences, next.Audiences)
}

// endsMandated reports whether an update takes the passkeys away that a mandate demands.
func endsMandated(former, next domain.Tenant) bool {
	return former.Policy.Mandatory && former.Policy.MandatoryMethods == domain.MethodsPhishingResistant &&
		(next.RPID != former.RPID || former.TakesPasskeys() && !next.TakesPasskeys())
}

// stoppedPasskeys counts the passkeys that the update makes useless, and refuses
// where there are any and its author has not agreed. It is not part of the
// decision, which has seconds: a tenant may have millions of users.
func (c *Commands) stoppedPasskeys(ctx context.Context, id string, in TenantUpdate) (int, error) {
	former, err := c.store.Tenant(ctx, id)
	if err != nil {
		return 0, err
	}
	next, err := in.apply(former)
	pagesGone := len(next.Origins) == 0 && len(former.Origins) > 0
	if err != nil || next.RPID == former.RPID && !pagesGone {
		return 0, err
	}
	count, err := c.countFactors(ctx, id, func(f domain.Factor) bool { return f.BoundTo(former.RPID) })
	if err == nil && count > 0 && !in.StopPasskeys {
		err = &PasskeysStopError{Count: count}
	}
	return count, err
}

// pageOfUsers is how many users are read at a time.
const pageOfUsers = 500

// countFactors counts those factors of users who have an active one.
func (c *Commands) countFactors(ctx context.Context, id string, counts func(domain.Factor) bool) (int, error) {
	filter, count := domain.UserFilter{Enabled: new(true), Limit: pageOfUsers}, 0
	for {
		users, err := c.store.Users(ctx, id, filter)
		if err != nil {
			return 0, err
		}
		for _, user := range users {
			for _, factor := range user.Factors {
				if counts(factor) {
					count++
				}
			}
			filter.After.UserID = user.ID
		}
		if len(users) < pageOfUsers {
			return count, nil
		}
	}
}
