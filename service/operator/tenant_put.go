package operator

import (
	"context"
	"errors"
	"fmt"

	"github.com/countersign/countersign/service/domain"
)

// TenantPut describes a tenant. What is nil stays as it is, and has the default of
// [TenantInput] in a new tenant.
type TenantPut struct {
	Edition     domain.Edition
	Sandbox     *bool
	DisplayName *string
	Origins     []string
	Audiences   []string
	RPID        *string
}

// PutTenant makes a tenant, or changes the one there is. Of a new tenant it returns the
// first service key and the key's text, which is shown once; else the text is empty. A
// change of what is settled is ErrTenantConflict. A call that is repeated changes nothing.
// Of n concurrent calls for a new tenant exactly one makes it.
func (c *Commands) PutTenant(ctx context.Context, op domain.Operator, id string, in TenantPut) (domain.Tenant, domain.ServiceKey, string, error) {
	_, err := c.store.Tenant(ctx, id)
	if errors.Is(err, domain.ErrNotFound) {
		text := newServiceKeyText(id)
		key := c.newServiceKey(id, text, firstServiceKey)
		tenant, err := c.createTenant(ctx, op, in.input(id), key)
		if !errors.Is(err, domain.ErrAlreadyExists) {
			return tenant, key, text, err
		}
	} else if err != nil {
		return domain.Tenant{}, domain.ServiceKey{}, "", err
	}
	tenant, err := c.changeTenant(ctx, op, id, in)
	return tenant, domain.ServiceKey{}, "", err
}

func (in TenantPut) input(id string) TenantInput {
	return TenantInput{
		ID: id, Edition: in.Edition, Sandbox: orZero(in.Sandbox), DisplayName: orZero(in.DisplayName),
		Origins: in.Origins, Audiences: in.Audiences, RPID: orZero(in.RPID),
	}
}

func orZero[T any](value *T) (zero T) {
	if value == nil {
		return zero
	}
	return *value
}

// changeTenant changes a tenant that exists.
func (c *Commands) changeTenant(ctx context.Context, op domain.Operator, id string, in TenantPut) (domain.Tenant, error) {
	former, err := c.store.Tenant(ctx, id)
	switch {
	case err != nil:
		return domain.Tenant{}, err
	case in.Edition != former.Edition:
		return domain.Tenant{}, domain.ErrTenantConflict.WithDetail(fmt.Sprintf("This tenant exists with the edition %s, which does not change. Send that one, or take another name.", former.Edition))
	case in.Sandbox != nil && *in.Sandbox != former.Sandbox:
		return domain.Tenant{}, domain.ErrTenantConflict.WithDetail(fmt.Sprintf("This tenant exists with sandbox %t, which does not change. Send that, leave sandbox out, or take another name.", former.Sandbox))
	}
	tenant, err := c.UpdateTenant(ctx, op, id, TenantUpdate{DisplayName: in.DisplayName, Origins: in.Origins, Audiences: in.Audiences, RPID: in.RPID})
	var stop *PasskeysStopError
	var refusal *domain.Error
	switch {
	case errors.As(err, &stop):
		err = domain.ErrTenantConflict.WithDetail(fmt.Sprintf("%d passkeys would stop working, since no page could use them. Leave rp_id and origins as they are; if that is meant, run: countersign tenant update TENANT --help", stop.Count))
	case errors.As(err, &refusal) && refusal == errMandatedPasskeys:
		err = domain.ErrTenantConflict.WithDetail(refusal.Detail)
	}
	return tenant, err
}
