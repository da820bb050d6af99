package proofs

import (
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/anishathalye/porcupine"
)

// kind is what is asked for.
type kind string

const (
	putUser          kind = "put user"
	getUser          kind = "get user"
	issueTicket      kind = "issue ticket"
	consume          kind = "consume token"
	introspect       kind = "introspect token"
	listFactors      kind = "list factors"
	begin            kind = "begin"
	removeFactor     kind = "remove factor"
	confirm          kind = "confirm"
	resync           kind = "resync"
	verify           kind = "verify"
	recovery         kind = "recover"
	givePass         kind = "give pass"
	endPass          kind = "end pass"
	usePass          kind = "use pass"
	disable          kind = "disable by code"
	disableRecovery  kind = "disable by recovery code"
	disableOwn       kind = "disable by own step-up"
	disableByManager kind = "disable by manager"
)

// call is the input of an operation.
type call struct {
	kind          kind
	active, local bool     // putUser
	manager       bool     // putUser: whether the role is that of a manager of users
	factor        int      // removeFactor, confirm, resync; begin, listFactors: the pending one that the answer shows
	replaces      int      // begin
	codes         []string // of the proof
	set, index    int      // recovery code: of which factor's set, and which; no set: made up
	ticket        int      // by which the call is made, by its number; 0: by the service key
	session       int      // of the host, by its number: of the ticket, or stated with a proof; 0: none
	action        string   // that the proof allows; empty: any
	token         int      // step-up token, by its number; 0: none
	earned        int      // the one that the answer brought
	pass          int      // usePass: which, by its number; 0: made up
	given         int      // givePass: the one that the answer brought
	again         bool     // begin: whether the factor was seen before
	issued        int      // the ticket that the answer brought
	from, to      int64    // the seconds in which it may have been decided
}

// answer is the output of an operation.
type answer struct {
	unknown bool   // none came: it may have happened, or may yet
	void    bool   // it could not be decided, which says that nothing happened
	problem string // its code; empty: a success

	factor, pending          int
	listed                   [mostFactors]listed
	remaining, drift, next   int
	proven                   bool // of the user
	enabled, active, local   bool // introspect: whether the token is active
	manager                  bool
	locked, ofRecoveryMethod bool
	hasPass, ofPassMethod    bool
	unsigned                 bool // an accepted proof that earns no token
	waits                    bool // a wrong proof whose answer says that its lane is closed now
}

// listed is an active factor as a list shows it.
type listed struct{ number, drift int }

func refused(problem string) answer { return answer{problem: problem} }

// model is the sequential specification that a history is checked against.
func (b *registry) model() porcupine.Model {
	seed := maphash.MakeSeed()
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{b.born} },
		Step: func(state, in, out any) []any { return b.step(state.(account), in.(call), out.(answer)) },
		Hash: func(state any) uint64 { return maphash.Comparable(seed, state.(account)) },
		DescribeOperation: func(in, out any) string {
			return fmt.Sprintf("%s -> %s", b.describe(in.(call)), out.(answer))
		},
		DescribeState: func(state any) string { return fmt.Sprintf("%+v", state) },
	}
	return m.ToModel()
}

// step returns the states that may follow. In which step of a factor the service decided is not known where the
// call spans two.
func (b *registry) step(before account, in call, out answer) []any {
	var after []any
	add := func(a account) {
		if !slices.Contains(after, any(a)) {
			after = append(after, a)
		}
	}
	if out.void || out.unknown || before.voidToken(in, out) || before.consumed(in, out) {
		add(before)
	}
	for at := in.from / tick; at <= in.to/tick && !out.void; at++ {
		if next, predicted := b.decide(before, in, at*tick); out.unknown || predicted == out {
			add(next)
		}
	}
	return after
}

// voidToken reports that the user's own token was refused, which does not hold now. The service reads the user
// for the request and once more for the token: what it refuses may be what it saw the second time.
func (a account) voidToken(in call, out answer) bool {
	own := in.token != 0 && in.kind != disableByManager && in.kind != givePass
	return own && out.problem == "step_up_required" && !a.holds(in.token)
}

// consumed reports that a token was refused as spent, which it is, though void as well: the service sees that it holds
// first, and spends it then.
func (a account) consumed(in call, out answer) bool {
	return in.kind == consume && out.problem == "token_consumed" && a.tokens&(1<<in.token) != 0
}

func (b *registry) decide(a account, in call, second int64) (account, answer) {
	switch in.kind {
	case consume:
		return b.consume(a, in)
	case introspect:
		return a, answer{active: a.holds(in.token) && a.tokens&(1<<in.token) == 0}
	}
	if problem := a.admits(in.ticket); problem != "" {
		return a, refused(problem)
	}
	switch in.kind {
	case putUser:
		a = a.put(in)
		return a, a.view()
	case issueTicket:
		return a.issue(in)
	case getUser:
		return a, a.view()
	case listFactors:
		a = a.shown(in.factor)
		return a, a.list()
	case removeFactor:
		return b.remove(a, in)
	case endPass:
		a.pass = 0
		return a, answer{}
	case disableByManager:
		return a.spendToken(in.token, func(a account) (account, answer) { return a.disabled(), answer{} })
	case disableOwn:
		return b.disableOwn(a, in)
	}
	switch {
	case !a.active:
		return a, refused("user_inactive")
	case !a.local:
		return a, refused("auth_source_not_supported")
	case in.kind == begin:
		return b.begin(a, in)
	case in.kind == givePass:
		return a.givePass(in)
	}
	return b.prove(a, in, second)
}
