package repotest

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign/countersign/repository/repotest/fixture"
	"github.com/countersign/countersign/service/domain"
	"github.com/countersign/countersign/service/store"
)

var userListContracts = []contract{
	{"selects by each field and by all", usersAreSelected},
	{"a prefix is text, whatever it holds", prefixesAreText},
	{"a letter is the same in one character and in two", composedOrNot},
	{"finds users by their whole names, in any case, and two of those who share one", usersAreFoundByUsername},
	{"selects whom a mandate would reach, by role, methods and exemption", affectedAreSelected},
	{"pages by id without gap or repetition", usersArePaged},
	{"pages by name without gap or repetition, and whatever becomes of the last of a page", usersArePagedByName},
}

// census is a tenant's worth of users: one of each kind that lists tell apart.
func census(t *testing.T, s store.Store) domain.Tenant {
	tenant := fixture.NewTenant(t, s)
	for _, p := range []struct {
		id      string
		source  domain.AuthSource
		role    domain.Role
		active  bool
		enabled bool
	}{
		{"a-enrolled-admin", domain.AuthLocal, domain.RoleAdmin, true, true},
		{"b-enrolled-owner", domain.AuthLocal, domain.RoleOwner, true, true},
		{"c-member", domain.AuthLocal, domain.RoleMember, true, false},
		{"d-admin", domain.AuthLocal, domain.RoleAdmin, true, false},
		{"e-owner", domain.AuthLocal, domain.RoleOwner, true, false},
		{"f-suspended", domain.AuthLDAP, domain.RoleAdmin, true, true},
		{"g-gone-admin", domain.AuthLocal, domain.RoleAdmin, false, true},
		{"h-gone-member", domain.AuthLocal, domain.RoleMember, false, false},
		{"i-saml", domain.AuthSAML, domain.RoleUserManager, true, false},
	} {
		user := fixture.NewUser(tenant.ID, p.id)
		if p.enabled {
			user = fixture.WithFactor(user)
		}
		user.AuthSource, user.Role, user.Active = p.source, p.role, p.active
		fixture.Must(t, s, fixture.Save(user))
	}
	return tenant
}

func usersAreSelected(t *testing.T, s store.Store) {
	tenant := census(t, s)
	yes, no := true, false
	for _, c := range []struct {
		name   string
		filter domain.UserFilter
		want   string // initials
	}{
		{"everybody", domain.UserFilter{}, "abcdefghi"},
		{"enabled: a suspended factor does not count", domain.UserFilter{Enabled: &yes}, "abg"},
		{"disabled is everybody else", domain.UserFilter{Enabled: &no}, "cdefhi"},
		{"source", domain.UserFilter{AuthSources: []domain.AuthSource{domain.AuthLDAP}}, "f"},
		{"any of some sources", domain.UserFilter{AuthSources: []domain.AuthSource{domain.AuthLDAP, domain.AuthSAML}}, "fi"},
		{"role", domain.UserFilter{Role: domain.RoleAdmin}, "adfg"},
		{"active", domain.UserFilter{Active: &yes}, "abcdefi"},
		{"inactive", domain.UserFilter{Active: &no}, "gh"},
		{"prefix", domain.UserFilter{Prefix: "G-"}, "g"},
		{"after", domain.UserFilter{After: domain.Place{UserID: "e-owner"}}, "fghi"},
		{"after an id that is not there", domain.UserFilter{After: domain.Place{UserID: "e"}}, "efghi"},
		{"limit", domain.UserFilter{Limit: 2}, "ab"},
		{"all at once", domain.UserFilter{
			Enabled: &yes, AuthSources: []domain.AuthSource{domain.AuthLocal}, Role: domain.RoleAdmin, Active: &no,
			Prefix: "g", After: domain.Place{UserID: "a-enrolled-admin", Username: "g"}, Limit: 9,
		}, "g"},
	} {
		t.Run(c.name, func(t *testing.T) {
			initials := ""
			for _, id := range listed(t, s, tenant.ID, c.filter) {
				initials += id[:1]
			}
			fixture.Same(t, initials, c.want)
		})
	}
}

func affectedAreSelected(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	passkey := func(rpID string) domain.Factor {
		return domain.Factor{ID: "fct_2", Type: domain.FactorPasskey, State: domain.FactorActive, LastUsedAt: fixture.Noon, CreatedAt: fixture.Noon, Passkey: domain.Passkey{Record: []byte{1}, RPID: rpID}}
	}
	for id, change := range map[string]func(*domain.User){
		"a-nothing":  func(*domain.User) {},
		"b-admin":    func(u *domain.User) { u.Role = domain.RoleAdmin },
		"c-unproven": func(u *domain.User) { *u = fixture.WithFactor(*u) },
		"d-proven":   func(u *domain.User) { *u = fixture.WithFactor(*u); u.Factors[0].LastUsedAt = fixture.Noon },
		"e-passkey":  func(u *domain.User) { u.Factors = []domain.Factor{passkey("acme.example")} },
		"f-former":   func(u *domain.User) { u.Factors = []domain.Factor{passkey("former.example")} },
		"g-exempt":   func(u *domain.User) { u.Exemption = domain.Exemption{Until: fixture.Noon.Add(time.Hour)} },
		"h-exempt-owner": func(u *domain.User) {
			u.Role = domain.RoleOwner
			u.Exemption = domain.Exemption{Until: fixture.Noon.Add(time.Hour)}
		},
		"i-inactive": func(u *domain.User) { u.Active = false },
		"j-ldap":     func(u *domain.User) { u.AuthSource = domain.AuthLDAP },
	} {
		user := fixture.NewUser(tenant.ID, id)
		change(&user)
		fixture.Must(t, s, fixture.Save(user))
	}
	yes, no := true, false
	for _, c := range []struct {
		name    string
		mandate domain.Mandate
		filter  domain.UserFilter
		want    string // initials
	}{
		{"any factor", domain.Mandate{}, domain.UserFilter{}, "ab"},
		{"any factor, of admins and owners", domain.Mandate{Roles: []domain.Role{domain.RoleAdmin, domain.RoleOwner}}, domain.UserFilter{}, "b"},
		{"a passkey", domain.NewMandate(nil, domain.MethodsPhishingResistant, "acme.example"), domain.UserFilter{}, "abcdf"},
		{"a passkey, of members", domain.NewMandate([]domain.Role{domain.RoleMember}, domain.MethodsPhishingResistant, "former.example"), domain.UserFilter{}, "acde"},
		{"when exemptions have ended", domain.Mandate{}, domain.UserFilter{At: fixture.Noon.Add(time.Hour)}, "abgh"},
		{"from one on", domain.NewMandate(nil, domain.MethodsPhishingResistant, "acme.example"), domain.UserFilter{After: domain.Place{UserID: "b-admin"}, Limit: 2}, "cd"},
		{"of them those of a role", domain.Mandate{}, domain.UserFilter{Role: domain.RoleAdmin}, "b"},
		{"of them the enabled", domain.NewMandate(nil, domain.MethodsPhishingResistant, "acme.example"), domain.UserFilter{Enabled: &yes}, "cdf"},
		{"of them the disabled", domain.NewMandate(nil, domain.MethodsPhishingResistant, "acme.example"), domain.UserFilter{Enabled: &no}, "ab"},
		{"of them those of another source", domain.Mandate{}, domain.UserFilter{AuthSources: []domain.AuthSource{domain.AuthLDAP}}, ""},
		{"of them those of some sources", domain.Mandate{}, domain.UserFilter{AuthSources: []domain.AuthSource{domain.AuthSAML, domain.AuthLocal}}, "ab"},
		{"of them the inactive", domain.Mandate{}, domain.UserFilter{Active: &no}, ""},
		{"of them by name", domain.NewMandate(nil, domain.MethodsPhishingResistant, "acme.example"), domain.UserFilter{Prefix: "d-"}, "d"},
		{"of them by the name of another", domain.Mandate{Roles: []domain.Role{domain.RoleAdmin}}, domain.UserFilter{Prefix: "a-"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.filter.Affected = &c.mandate
			if c.filter.At.IsZero() {
				c.filter.At = fixture.Noon
			}
			initials := ""
			for _, id := range listed(t, s, tenant.ID, c.filter) {
				initials += id[:1]
			}
			fixture.Same(t, initials, c.want)
			if c.filter.Limit > 0 || c.filter.Enabled != nil || c.filter.Prefix != "" || c.filter.Role != "" || c.want == "" {
				return
			}
			heads, err := s.Headcount(t.Context(), tenant.ID, c.filter.At)
			fixture.WantErr(t, err, nil)
			fixture.Same(t, heads.Affected(c.mandate), len(c.want))
		})
	}
}

func prefixesAreText(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	for id, names := range map[string][2]string{
		"ada": {"ADA", "Countess"}, "adb": {"adb", "%wild"}, "under": {"_x", "Émile"}, "back": {`\x`, "zed"},
		"last": {"\U0010FFFFx", ""}, "edge": {"\uD7FFx", ""}, "over": {"\uE000", ""},
	} {
		user := fixture.NewUser(tenant.ID, id)
		user.Username, user.DisplayName = names[0], names[1]
		fixture.Must(t, s, fixture.Save(user))
	}
	for prefix, want := range map[string][]string{
		"a": {"ada", "adb"}, "AD": {"ada", "adb"}, "ada": {"ada"}, "adaa": nil, "counTESS": {"ada"}, "ountess": nil,
		"%": {"adb"}, "_": {"under"}, `\`: {"back"}, "é": {"under"}, "É": {"under"}, "e": nil,
		"\U0010FFFF": {"last"}, "\uD7FF": {"edge"}, "z": {"back"}, "' OR ''='": nil,
	} {
		t.Run(prefix, func(t *testing.T) {
			fixture.Same(t, listed(t, s, tenant.ID, domain.UserFilter{Prefix: prefix}), want)
		})
	}
}

func usersAreFoundByUsername(t *testing.T, s store.Store) {
	tenant, other := fixture.NewTenant(t, s), fixture.NewTenant(t, s)
	for id, name := range map[string]string{
		"ana": "Ana@Example.com", "ana2": "ana@example.com", "ana3": "ANA@example.com", "anabel": "ana@example.com.br",
		"jose": "jose\u0301", "percent": "100%", "quote": `"q"`,
	} {
		user := fixture.NewUser(tenant.ID, id)
		user.Username, user.DisplayName = name, "ben"
		fixture.Must(t, s, fixture.Save(user))
	}
	stranger := fixture.NewUser(other.ID, "stranger")
	stranger.Username = "ben"
	fixture.Must(t, s, fixture.Save(stranger))
	found := func(names ...string) []string {
		return listed(t, s, tenant.ID, domain.UserFilter{Usernames: append([]string{}, names...)})
	}
	fixture.Same(t, found("JOS\u00c9", "100%", `"q"`, "ben", "100%", "nobody"), []string{"jose", "percent", "quote"})
	fixture.Same(t, found("100"), []string{})
	fixture.Same(t, found(), []string{})
	shared := found("ana@EXAMPLE.com")
	if len(shared) < 2 || slices.Contains(shared, "anabel") {
		t.Errorf("of three who share a name %v were found, want two at least, and nobody else", shared)
	}
}

// composedOrNot: one system writes é in one character, another in two.
func composedOrNot(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	for id, names := range map[string][2]string{
		"nfc": {"jos\u00e9", ""}, "nfd": {"JOSE\u0301 B", ""}, "shown": {"x", "Jose\u0301"}, "plain": {"jose", ""},
		"dotted": {"\u0130", ""}, "dotted apart": {"I\u0307", ""}, "caron": {"\u01f0", ""}, "caron apart": {"J\u030c", ""}, "ligature": {"\ufb01", ""},
	} {
		user := fixture.NewUser(tenant.ID, id)
		user.Username, user.DisplayName = names[0], names[1]
		fixture.Must(t, s, fixture.Save(user))
	}
	for prefix, want := range map[string][]string{
		"jos\u00e9": {"nfc", "nfd", "shown"}, "jose\u0301": {"nfc", "nfd", "shown"}, "JOS\u00c9": {"nfc", "nfd", "shown"}, "JOSE\u0301": {"nfc", "nfd", "shown"},
		"jose": {"plain"}, "\u0130": {"dotted", "dotted apart"}, "I\u0307": {"dotted", "dotted apart"},
		"J\u030c": {"caron", "caron apart"}, "\u01f0": {"caron", "caron apart"}, "fi": nil,
	} {
		t.Run(prefix, func(t *testing.T) {
			found := listed(t, s, tenant.ID, domain.UserFilter{Prefix: prefix})
			fixture.Same(t, found, append([]string{}, want...))
			var paged []string
			for after := (domain.Place{}); ; { // one at a time: the cursor holds names as they were given
				page, err := s.Users(t.Context(), tenant.ID, domain.UserFilter{Prefix: prefix, After: after, Limit: 1})
				fixture.WantErr(t, err, nil)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page[0].ID)
				after = domain.Place{UserID: page[0].ID, Username: page[0].Username, DisplayName: page[0].DisplayName}
			}
			fixture.Same(t, paged, want)
		})
	}
}

func usersArePaged(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	ids := slices.Clone(oddTexts)
	for _, id := range ids {
		fixture.Must(t, s, fixture.Save(fixture.NewUser(tenant.ID, id)))
	}
	slices.Sort(ids)
	var seen []string
	for after := ""; ; {
		page := listed(t, s, tenant.ID, domain.UserFilter{After: domain.Place{UserID: after}, Limit: 5})
		seen = append(seen, page...)
		if len(page) < 5 {
			break
		}
		after = page[4]
	}
	fixture.Same(t, seen, ids)
}

func usersArePagedByName(t *testing.T, s store.Store) {
	tenant := fixture.NewTenant(t, s)
	for id, names := range map[string][2]string{
		"9": {"Ana", "Ana"}, "8": {"ana", ""}, "7": {"anabel", "zoe"}, "6": {"ANAA", "ana"},
		"5": {"x", "Ana"}, "4": {"y", "ana"}, "3": {"z", "Anabel"}, "2": {"b", "ANAA"}, "1": {"am", "An"}, "0": {"anb", "anb"},
	} {
		user := fixture.NewUser(tenant.ID, id)
		user.Username, user.DisplayName = names[0], names[1]
		fixture.Must(t, s, fixture.Save(user))
	}
	want := []string{"8", "9", "6", "7", "4", "5", "2", "3"}
	for limit := 1; limit <= len(want)+1; limit++ {
		seen := []string{}
		for after := (domain.Place{}); ; {
			page, err := s.Users(t.Context(), tenant.ID, domain.UserFilter{Prefix: "aNa", After: after, Limit: limit})
			fixture.WantErr(t, err, nil)
			for _, u := range page {
				seen = append(seen, u.ID)
				after = domain.Place{UserID: u.ID, Username: u.Username, DisplayName: u.DisplayName}
			}
			if len(page) < limit {
				break
			}
		}
		fixture.Same(t, seen, want)
	}
	// A place is in the list whoever stands there, and one beside it leads to nobody that it does not select.
	for _, c := range []struct {
		after domain.Place
		want  []string
	}{
		{domain.Place{UserID: "gone", Username: "ana", DisplayName: "x"}, []string{"6", "7", "4", "5", "2", "3"}},
		{domain.Place{UserID: "gone", Username: "x", DisplayName: "anaz"}, []string{}},
		{domain.Place{UserID: "0", Username: "x", DisplayName: "a"}, []string{"4", "5", "2", "3"}},
	} {
		fixture.Same(t, listed(t, s, tenant.ID, domain.UserFilter{Prefix: "ana", After: c.after}), c.want)
	}
}

func listed(t *testing.T, s store.Store, tenantID string, f domain.UserFilter) []string {
	t.Helper()
	users, err := s.Users(t.Context(), tenantID, f)
	if err != nil {
		t.Fatalf("Users(%+v): %v", f, err)
	}
	ids := []string{}
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}
