package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/countersign/countersign/cmd/countersign/internal/terminal"
	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/operator"
)

type tenantCommand struct {
	Create tenantCreateCommand `cmd:"" help:"Make a tenant and its first service key."`
	Update tenantUpdateCommand `cmd:"" help:"Change a tenant's display name, origins, audiences or rp id."`
	List   tenantListCommand   `cmd:"" help:"List all tenants."`

	RelatedOrigins tenantRelatedOriginsCommand `cmd:"" help:"Print what lets origins outside of the rp id use passkeys."`
}

type tenantCreateCommand struct {
	Name     string   `arg:"" help:"Lower-case letters, digits and hyphens, at most 63."`
	Display  string   `name:"display-name" placeholder:"TEXT" help:"What people are shown for it, 1 to 64 characters and no colon, as in Acme Inc. Default: the tenant's name."`
	Edition  string   `enum:"server,saas" default:"server" placeholder:"server" help:"Who sets the policy: on server its admins and owners, on saas its owners alone."`
	Sandbox  bool     `help:"For integration tests: with a clock that can be set forward and codes that can be fetched."`
	Origin   []string `sep:"none" placeholder:"URL" help:"Web origin that may call with tickets, as in https://app.example.com; stored as browsers send it; repeatable."`
	Audience []string `sep:"none" placeholder:"NAME" help:"Host that may ask for step-up tokens, the default one first; repeatable. Default: the tenant's name."`
	RPID     string   `name:"rp-id" placeholder:"HOST" help:"Relying party id that passkeys are bound to: the host of all origins, or a parent domain of it, as in example.com. Default: none, no passkeys."`
	Related  bool     `name:"related-origins" help:"Let origins lie outside of the rp id; see: countersign tenant related-origins --help."`
	terminal.Output
}

// Run creates the tenant.
func (c *tenantCreateCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		tenant, key, err := svc.CreateTenant(a.ctx, a.operator(), operator.TenantInput{
			ID: c.Name, DisplayName: c.Display, Edition: domain.Edition(c.Edition), Sandbox: c.Sandbox,
			Origins: c.Origin, Audiences: c.Audience, RPID: c.RPID, RelatedOrigins: c.Related,
		})
		if err != nil {
			return explainTenantError(err, c.Name)
		}
		created := struct {
			Tenant string `json:"tenant"`
			APIKey string `json:"api_key"`
		}{tenant.ID, key}
		return c.Print(a.stdout, created, func(w io.Writer) {
			terminal.Row(w, "tenant:", tenant.ID)
			terminal.Row(w, "service key:", key)
			terminal.Row(w, shownOnce)
		})
	})
}

type tenantUpdateCommand struct {
	Name      string   `arg:"" help:"The tenant."`
	Display   *string  `name:"display-name" placeholder:"TEXT" help:"What people are shown for it from now on; empty: the tenant's name."`
	Origin    []string `sep:"none" placeholder:"URL" xor:"origins,add,remove" help:"Web origins from now on, instead of those there are; repeatable."`
	NoOrigins bool     `xor:"origins,add,remove" help:"No web origin from now on."`
	Add       []string `name:"add-origin" sep:"none" placeholder:"URL" xor:"add" help:"Web origin to let in beside those there are; repeatable."`
	Remove    []string `name:"remove-origin" sep:"none" placeholder:"URL" xor:"remove" help:"Web origin to let in no more; repeatable."`
	Audience  []string `sep:"none" placeholder:"NAME" help:"Audiences from now on, the default one first; repeatable."`
	RPID      *string  `name:"rp-id" placeholder:"HOST" help:"Relying party id of passkeys from now on; empty: none, no passkeys. Those of another one stop working."`
	Related   bool     `name:"related-origins" help:"Let origins lie outside of the rp id; see: countersign tenant related-origins --help."`
	Yes       bool     `help:"Agree that passkeys stop working: those of another rp id, or all where no origin is left."`
	terminal.Output
}

// Run updates the tenant.
func (c *tenantUpdateCommand) Run(a *app) error {
	if c.NoOrigins {
		c.Origin = []string{}
	}
	if c.Display == nil && c.Origin == nil && c.Add == nil && c.Remove == nil && c.Audience == nil && c.RPID == nil {
		return usagef("nothing to change; name --display-name, --add-origin, --remove-origin, --origin, --no-origins, --audience or --rp-id")
	}
	return a.withService(func(svc *service.Service) error {
		tenant, err := svc.UpdateTenant(a.ctx, a.operator(), c.Name, operator.TenantUpdate{
			DisplayName: c.Display, Origins: c.Origin, AddOrigins: c.Add, RemoveOrigins: c.Remove, Audiences: c.Audience, RPID: c.RPID, RelatedOrigins: c.Related, StopPasskeys: c.Yes,
		})
		if err != nil {
			return explainTenantError(withoutConsent(err), c.Name)
		}
		return c.Print(a.stdout, newTenantView(tenant), func(w io.Writer) { tenantTable(w, tenant) })
	})
}

type tenantListCommand struct {
	terminal.Output
}

// Run lists the tenants.
func (c *tenantListCommand) Run(a *app) error {
	return a.withService(func(svc *service.Service) error {
		tenants, err := svc.Tenants(a.ctx)
		if err != nil {
			return err
		}
		views := make([]tenantView, 0, len(tenants))
		for _, t := range tenants {
			views = append(views, newTenantView(t))
		}
		return c.Print(a.stdout, map[string]any{"tenants": views}, func(w io.Writer) { tenantTable(w, tenants...) })
	})
}

// tenantView is a tenant in JSON.
type tenantView struct {
	Tenant      string     `json:"tenant"`
	DisplayName string     `json:"display_name"`
	Edition     string     `json:"edition"`
	Sandbox     bool       `json:"sandbox"`
	Origins     []string   `json:"origins"`
	RPID        string     `json:"rp_id"` // empty: none
	Audiences   []string   `json:"audiences"`
	CreatedAt   *time.Time `json:"created_at"`
}

func newTenantView(t domain.Tenant) tenantView {
	return tenantView{
		Tenant: t.ID, DisplayName: t.Label(), Edition: string(t.Edition), Sandbox: t.Sandbox,
		Origins: terminal.List(t.Origins), RPID: t.RPID, Audiences: terminal.List(t.Audiences), CreatedAt: terminal.Stamp(t.CreatedAt),
	}
}

func tenantTable(w io.Writer, tenants ...domain.Tenant) {
	terminal.Row(w, "TENANT", "DISPLAY NAME", "EDITION", "SANDBOX", "ORIGINS", "RP ID", "AUDIENCES", "CREATED")
	for _, t := range tenants {
		terminal.Row(w, t.ID, t.Label(), string(t.Edition), strconv.FormatBool(t.Sandbox),
			strings.Join(t.Origins, " "), t.RPID, strings.Join(t.Audiences, " "), terminal.Day(t.CreatedAt))
	}
}
