package main

func init() { mutants = append(mutants, secondStep...) }

// secondStep are the guards of the routes that a host embeds for its login.
var secondStep = []mutant{
	{"second step: whoever is not denied is let in", "clients/go/secondstep/handler.go", "	case countersign.Allow:\n", "	case countersign.Allow, countersign.Deny:\n", "./clients/go/secondstep", "WhatTheDecisionSays"},
	{"second step: an error is no reason to refuse", "clients/go/secondstep/handler.go", "	if err != nil {\n		logger(h.Log).Error(\"secondstep: no decision\"", "	if d.Outcome = countersign.Allow; err == nil {\n		logger(h.Log).Error(\"secondstep: no decision\"", "./clients/go/secondstep", "NothingButAllow"},
	{"second step: a login without a session is one", "clients/go/secondstep/handler.go", `login.UserID == "" || login.SessionID == ""`, `login.UserID == ""`, "./clients/go/secondstep", "WithoutAPendingLogin"},
	{"second step: a login that is over is pending", "clients/go/secondstep/handler.go", "	case !pending:\n", "	case !pending && login.UserID == \"\":\n", "./clients/go/secondstep", "WithoutAPendingLogin"},
	{"second step: another session's token will do", "clients/go/secondstep/handler.go", "UserID: login.UserID, SessionID: login.SessionID, ACR:", "UserID: login.UserID, SessionID: \"s2\", ACR:", "./clients/go/secondstep", "ItWasMadeIn"},
	{"second step: a code without a password will do", "clients/go/secondstep/handler.go", "stepup.ACRTwoFactors, stepup.ACRRecovery}", "stepup.ACRTwoFactors, stepup.ACRRecovery, stepup.ACRSecondFactor}", "./clients/go/secondstep", "ItWasMadeIn"},
	{"second step: a token that cannot be checked is one that is not good", "clients/go/secondstep/handler.go", "errors.Is(err, stepup.ErrKeysUnavailable)", "false", "./clients/go/secondstep", "KeysCannotBeHad"},
	{"second step: a session that did not open is said to be open", "clients/go/secondstep/handler.go", "	if !h.open(w, r, passed) {\n", "	if h.open(w, r, passed); false {\n", "./clients/go/secondstep", "DidNotOpen"},
	{"second step: a neighbour under the domain may post", "clients/go/secondstep/request.go", `return site == "same-origin"`, `return site == "same-origin" || site == "same-site"`, "./clients/go/secondstep", "OwnOrigin"},
	{"second step: who says nothing of an origin may post", "clients/go/secondstep/request.go", `origin.Host != "" && origin.Host == r.Host`, `(r.Header.Get("Origin") == "" || origin.Host == r.Host)`, "./clients/go/secondstep", "OwnOrigin"},
	{"second step: the origin is not compared", "clients/go/secondstep/request.go", ` && origin.Host == r.Host`, ``, "./clients/go/secondstep", "OwnOrigin"},
	{"second step: a link may open a session", "clients/go/secondstep/request.go", "	case r.Method != http.MethodPost:\n", "	case r.Method != http.MethodPost && r.Method != http.MethodGet:\n", "./clients/go/secondstep", "NoPost"},
	{"second step: an action takes allow for permission", "clients/go/secondstep/tickets.go", "	case d.Outcome == countersign.Challenge:\n", "	case d.Outcome != countersign.Deny:\n", "./clients/go/secondstep", "AnAction"},
	{"second step: who has no such page gets its tickets", "clients/go/secondstep/tickets.go", "	case !ok:\n", "	case !ok && login.SessionID == \"\":\n", "./clients/go/secondstep", "TicketsOfItsPurpose"},
	{"second step: nobody gets tickets", "clients/go/secondstep/tickets.go", "	case login.UserID == \"\":\n", "	case login.UserID == \"\" && !ok:\n", "./clients/go/secondstep", "TicketsOfItsPurpose"},
}
