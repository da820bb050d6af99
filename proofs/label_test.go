package proofs

// label names an answer, for the count of what a run has met.
func (b *registry) label(in call, out answer) string {
	what := string(in.kind)
	if in.token != 0 && (in.kind == begin || in.kind == removeFactor) {
		what += " with token"
	}
	switch {
	case out.unknown:
		return "unknown"
	case out.void:
		return "void"
	case out.problem == "credential_invalid":
		return "ticket of before a deactivation"
	case out.waits:
		return "code_invalid, and a wait"
	case (out.problem == "step_up_required" || out.problem == "token_invalid") && in.token != 0 && b.neverAllowed(in) != "":
		return b.neverAllowed(in)
	case out.problem != "":
		return what + " " + out.problem
	case in.kind == introspect && !out.active:
		return what + " ok, not active"
	case len(in.codes) > 0 && len(in.codes[0]) == 8:
		return what + " ok, by eight digits"
	case out.unsigned:
		return what + " ok, without a token"
	case in.kind == confirm && out.remaining == 0:
		return what + " ok, a further device"
	case in.kind == begin && in.again:
		return what + " ok, the same again"
	case in.kind == begin && in.token != 0 && b.tokens.at(in.token).recovery:
		return what + " of a recovery code ok"
	}
	return what + " ok"
}

// neverAllowed says why a token allows a call in no state.
func (b *registry) neverAllowed(in call) string {
	switch t := b.tokens.at(in.token); {
	case in.kind == disableByManager, in.kind == introspect, in.kind == givePass:
		return ""
	case in.kind != consume && t.action != "" && t.action != operation[in.kind]:
		return "token of another action"
	case in.ticket != 0 && t.session != in.session:
		return "token of another session"
	case t.pass && in.kind != begin && in.kind != consume:
		return "token of an access pass for more than a replacement"
	case in.kind == begin && in.replaces == 0 && t.recovery:
		return "token of a recovery code for a further device"
	}
	return ""
}

// usual are answers without which a run says little, however short it is.
var usual = []string{
	"begin ok", "begin step_up_required", "begin with token ok", "begin with token step_up_required", "begin ok, the same again",
	"token of another action", "token of another session", "confirm ok", "confirm code_invalid", "confirm not_found",
	"confirm factor_not_pending", "verify ok", "verify code_invalid", "verify too_many_attempts", "verify not_enrolled",
	"verify user_inactive", "resync ok, without a token", "resync code_invalid", "resync too_many_attempts", "resync not_found",
	"recover ok", "recover code_invalid", "give pass ok", "use pass code_invalid", "disable by code code_invalid",
	"disable by manager ok", "put user ok", "get user ok", "list factors ok", "issue ticket ok", "code_invalid, and a wait",
}

// required are answers that a run of [enoughForRequired] histories may not miss.
var required = []string{
	"remove factor step_up_required", "remove factor with token ok", "confirm ok, a further device", "verify ok, by eight digits",
	"verify auth_source_not_supported", "resync ok", "resync ok, by eight digits", "use pass ok", "end pass ok",
	"disable by code ok", "disable by recovery code ok", "disable by own step-up ok", "disable by own step-up step_up_required",
	"consume token ok", "consume token token_consumed", "consume token token_invalid", "introspect token ok",
	"introspect token ok, not active", "ticket of before a deactivation",
}

// rare are answers that a short slice may miss, and a long run may not.
var rare = []string{
	"begin with token of a recovery code ok", "token of a recovery code for a further device", "begin user_inactive", "remove factor ok", "confirm too_many_attempts", "recover too_many_attempts",
	"disable by code too_many_attempts", "disable by manager step_up_required", "give pass step_up_required", "give pass not_enrolled",
	"use pass too_many_attempts",
}
