package proofs

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/countersign/countersign/proofs/site"
)

// TestAMandateOfPasskeysNeverLosesItsLastAdmin races a mandate of some roles and for passkeys alone against the demotion of
// the only two admins who have one, each over another replica: whatever is answered, a mandate that stands has an admin who
// meets it. Every second mandate is there before the two demotions race: of the others few stand.
func TestAMandateOfPasskeysNeverLosesItsLastAdmin(t *testing.T) {
	s := site.New(t, site.Options{Replicas: 3})
	s.AllowPasskeys()
	r := &mandateRaces{t: t, site: s}
	repeat := site.Repeat(t, "mandates raced for", 4, 5000, func() string { return fmt.Sprintf("%d stood", r.stood) })
	for n, more := repeat.Next(); more && !t.Failed(); n, more = repeat.Next() {
		r.round(t.Context(), n)
	}
	t.Log(repeat)
	if r.stood == 0 {
		t.Error("no mandate stood, so that nothing was in danger")
	}
}

type mandateRaces struct {
	t     *testing.T
	site  *site.Site
	stood int // mandates that were made
}

// finer is the mandate, and finerPreview what it takes the ETag of.
var finer = map[string]any{"mandatory": true, "mandatory_roles": []string{"admin"}, "mandatory_methods": "phishing_resistant"}

const finerPreview = "/v1/policy/preview?mandatory=true&mandatory_roles=admin&mandatory_methods=phishing_resistant"

func (r *mandateRaces) round(ctx context.Context, n int) {
	r.t.Helper()
	admins := [2]site.Passkey{r.admin(ctx, fmt.Sprintf("admin-%d-a", n)), r.admin(ctx, fmt.Sprintf("admin-%d-b", n))}
	seen := r.site.Client(0).Call(ctx, http.MethodGet, finerPreview, nil)
	token := r.token(ctx, admins[0])
	calls := []func() site.Outcome{
		func() site.Outcome {
			return r.site.Client(0).StepUp(token).IfMatch(seen.ETag).PatchPolicy(ctx, finer)
		},
		func() site.Outcome {
			return r.site.Client(1).PutUser(ctx, admins[0].UserID, site.Member(admins[0].UserID))
		},
		func() site.Outcome {
			return r.site.Client(2).PutUser(ctx, admins[1].UserID, site.Member(admins[1].UserID))
		},
	}
	outcomes := make([]site.Outcome, len(calls))
	var start, done sync.WaitGroup
	start.Add(1)
	for i, call := range calls {
		if i == 0 && n%2 == 1 {
			outcomes[i] = call()
			continue
		}
		done.Go(func() {
			start.Wait()
			outcomes[i] = call()
		})
	}
	start.Done()
	done.Wait()
	r.settle(ctx, admins, outcomes)
}

// admin makes one with a passkey.
func (r *mandateRaces) admin(ctx context.Context, id string) site.Passkey {
	r.t.Helper()
	key := r.site.Client(0).EnrollPasskey(ctx, r.t, id)
	profile := site.Member(id)
	profile.Role = "admin"
	site.Read[site.User](r.t, r.site.Client(0).PutUser(ctx, id, profile))
	return key
}

func (r *mandateRaces) token(ctx context.Context, key site.Passkey) string {
	r.t.Helper()
	proof := key.Assert(ctx, r.t, r.site.Client(0), site.Proof{Audience: site.OwnAudience})
	return site.Read[site.Verified](r.t, r.site.Client(0).Verify(ctx, key.UserID, proof)).StepUpToken
}

// settle checks what stands, lifts the mandate by who is left, and takes both away.
func (r *mandateRaces) settle(ctx context.Context, admins [2]site.Passkey, outcomes []site.Outcome) {
	r.t.Helper()
	client := r.site.Client(1)
	policy := client.Policy(ctx)
	if site.Read[site.Policy](r.t, policy).Mandatory {
		r.stood++
		left := -1
		for i, key := range admins {
			if site.Read[site.User](r.t, client.GetUser(ctx, key.UserID)).Role == "admin" {
				left = i
			}
		}
		if left < 0 {
			r.t.Fatalf("passkeys are mandatory, and no admin has one: %v", outcomes)
		}
		lifted := client.StepUp(r.token(ctx, admins[left])).IfMatch(policy.ETag).
			PatchPolicy(ctx, map[string]any{"mandatory": false, "mandatory_methods": "any", "mandatory_roles": nil})
		if !lifted.OK() {
			r.t.Fatalf("the admin who is left cannot lift the mandate: %v", lifted)
		}
	}
	for _, key := range admins {
		if o := client.DeleteUser(ctx, key.UserID); !o.OK() {
			r.t.Fatalf("%s is not deleted: %v", key.UserID, o)
		}
	}
}
