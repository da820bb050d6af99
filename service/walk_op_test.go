package service_test

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/countersign/countersign/service"
	"github.com/countersign/countersign/service/directory"
	"github.com/countersign/countersign/service/domain"
)

// ops prepares calls: each draws what is sent, and obtains the proofs for it.
func (w *walker) ops() map[string]func(*rapid.T) *walkOp {
	return map[string]func(*rapid.T) *walkOp{
		"create":          w.create,
		"set role":        w.setRole,
		"set active":      w.setActive,
		"set source":      w.setSource,
		"delete":          w.remove,
		"begin":           w.begin,
		"import a factor": w.importFactor,
		"confirm":         w.confirm,
		"verify":          w.verify,
		"answer":          w.answer,
		"give pass":       w.givePass,
		"end pass":        w.endPass,
		"verify pass":     w.verifyPass,
		"disable own":     w.disableOwn,
		"disable other":   w.disableOther,
		"remove factor":   w.removeFactor,
		"exempt":          w.exempt,
		"mandate":         w.mandate,
		"patch":           w.patch,
		"verification":    w.verification,
		"break the glass": w.reset,
	}
}

var (
	anyRole   = rapid.SampledFrom([]domain.Role{domain.RoleMember, domain.RoleUserManager, domain.RoleAdmin, domain.RoleOwner})
	anySource = rapid.SampledFrom([]domain.AuthSource{domain.AuthLocal, domain.AuthLDAP, domain.AuthSAML})
	oneInFive = rapid.Map(rapid.IntRange(0, 4), func(n int) bool { return n == 4 })
)

func anyUser(*modelUser) bool      { return true }
func pending(u *modelUser) bool    { return u.unfinished() != nil }
func registered(u *modelUser) bool { return len(u.active()) > 0 }
func hasPasskey(u *modelUser) bool { return len(u.passkeys()) > 0 }
func removable(u *modelUser) bool  { return len(u.apps) > 0 }

// mustEnroll reports whether the mandate, or a reset, wants this user to enroll.
func (w *walker) mustEnroll(u *modelUser) bool {
	demanded, met, _ := w.model.demand(u)
	return demanded != "" && !met || u.mustEnroll && u.local() && u.profile.Active
}

// pickAdmin prefers policy admins: the invariant is about them.
func (w *walker) pickAdmin(rt *rapid.T, label string, which func(*modelUser) bool) string {
	admin := func(u *modelUser) bool { return which(u) && w.model.policyAdmin(u) }
	if w.about == "" && len(w.ids(admin)) > 0 && !oneInFive.Draw(rt, "any user") {
		return w.pick(rt, label, admin)
	}
	return w.pick(rt, label, which)
}

func (w *walker) put(id string, p domain.Profile) *walkOp {
	return &walkOp{
		name: fmt.Sprintf("put %s as %s, %s, active %t", id, p.Role, p.AuthSource, p.Active),
		do: func(s *service.Service) error {
			_, _, err := s.PutUser(w.kit.ctx, w.key, id, directory.UserInput{Profile: p})
			return err
		},
		predict: func(m, seen *model) domain.Code { return m.put(seen, id, p) },
	}
}

// founder is enrolled from the start, mostly with a role that sets the policy.
func (w *walker) founder(rt *rapid.T, id string) *walkOp {
	role := rapid.SampledFrom([]domain.Role{domain.RoleOwner, domain.RoleOwner, domain.RoleAdmin, domain.RoleUserManager}).Draw(rt, "role")
	return w.put(id, domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: role, Active: true})
}

// create makes a user anew, or once more under a known id.
func (w *walker) create(rt *rapid.T) *walkOp {
	id := rapid.SampledFrom(walkers).Draw(rt, "user")
	p := domain.Profile{Username: id, AuthSource: domain.AuthLocal, Role: anyRole.Draw(rt, "role"), Active: !oneInFive.Draw(rt, "inactive")}
	if oneInFive.Draw(rt, "elsewhere") {
		p.AuthSource = anySource.Draw(rt, "source")
	}
	return w.put(id, p)
}

func (w *walker) setRole(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", anyUser)
	p := w.model.users[id].profile
	p.Role = anyRole.Draw(rt, "role")
	return w.put(id, p)
}

func (w *walker) setActive(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", anyUser)
	p := w.model.users[id].profile
	p.Active = !p.Active
	return w.put(id, p)
}

func (w *walker) setSource(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", anyUser)
	p := w.model.users[id].profile
	if p.AuthSource == domain.AuthLocal {
		p.AuthSource = anySource.Draw(rt, "source")
	} else {
		p.AuthSource = domain.AuthLocal
	}
	return w.put(id, p)
}

// thereAndBack moves an enrolled user to another source and home: the factors
// were suspended, and prove themselves again.
func (w *walker) thereAndBack(rt *rapid.T) {
	id := w.pick(rt, "user", canProve)
	home := w.model.users[id].profile
	away := home
	away.AuthSource = rapid.SampledFrom([]domain.AuthSource{domain.AuthLDAP, domain.AuthSAML}).Draw(rt, "source")
	if w.apply(rt, w.put(id, away)) != "" {
		return
	}
	w.check(rt)
	w.apply(rt, w.put(id, home))
	w.prove(rt, id)
	w.run.restored++
}

func (w *walker) remove(rt *rapid.T) *walkOp {
	id := w.pickAdmin(rt, "user", anyUser)
	return &walkOp{
		name:    "delete " + id,
		do:      func(s *service.Service) error { return s.DeleteUser(w.kit.ctx, w.key, id) },
		predict: func(m, _ *model) domain.Code { return m.remove(id) },
	}
}
