package main

import (
	"context"
	"errors"

	"github.com/countersign/countersign/repository/batch"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/bulk"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

// tenantFlag names the tenant of a command on many users.
type tenantFlag struct {
	Tenant string `placeholder:"NAME" help:"The tenant; may be left out where there is only one."`
}

// resolve sets the only one there is where none is named.
func (f *tenantFlag) resolve(ctx context.Context, svc *service.Service) error {
	if f.Tenant != "" {
		return nil
	}
	tenants, err := svc.Tenants(ctx)
	if err != nil {
		return err
	}
	if len(tenants) != 1 {
		return usagef("there are %d tenants; name one with --tenant. See: countersign tenant list", len(tenants))
	}
	f.Tenant = tenants[0].ID
	return nil
}

// importService is what decides an import; in a dry run, what forgets it.
func (d *deployment) importService(ctx context.Context, dryRun bool) (*service.Service, error) {
	if !dryRun {
		return d.service(ctx)
	}
	return service.New(ctx, service.Config{Store: store.DryRun{Store: batch.New(d.store, nil)}, OperatorKeys: d.store, Sealer: d.sealer})
}

// whyEnded says why an import ended early; an error that says what to do about
// the file itself comes first.
func whyEnded(ended *bulk.Ended) (why string, file error) {
	switch {
	case errors.Is(ended.Cause, domain.ErrInvalidRequest):
		return "", ended.Cause
	case errors.Is(ended.Cause, context.Canceled):
		return "it was interrupted", nil
	}
	return explain(ended.Cause), nil
}
