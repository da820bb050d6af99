package architecture_test

import (
	"go/ast"
	"slices"
	"testing"
)

// Most flaws of comparable products were a second route that skipped the check. Here a proof is evaluated in one
// package, which exports no means to do so, and codes are matched by their kind alone. What the compiler cannot hold,
// who calls what is exported, is held here. So is who lets a remembered browser in.
func TestProofsAreDecidedInOnePlace(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{ // what is called: the files that may
		"Judge":              {"service/proof/factor.go"},
		"evaluate":           {"service/proof/spend.go"},
		"decideRight":        {"service/proof/spend.go"},
		"decideWrong":        {"service/proof/spend.go"},
		"decideRefused":      {"service/proof/spend.go"},
		"recordRecoveryCode": {"service/proof/recovery_code.go"},
		"broughtBack":        {"service/proof/access_pass.go", "service/proof/recovery_code.go"},
		// One key finds three things, each by a MAC of its own.
		"LookupKey":        {"service/keys/keyring.go", "service/proof/access_pass.go", "service/proof/recovery_code.go", "service/token/browser_secret.go"},
		"CurrentLookupKey": {"service/access_pass.go", "service/keys/keyring.go", "service/recovery_code_set.go", "service/token/remembered_browser.go"},
		"MAC":              {"service/proof/recovery_code.go", "service/recovery_code_set.go"},
		"AccessPassMAC":    {"service/access_pass.go", "service/proof/access_pass.go"},
		"BrowserMAC":       {"service/token/browser_secret.go"},
		"BrowserSuccessor": {"service/token/browser_secret.go"},
		"Presented":        {"service/token/decision.go"},
		"Remembered":       {"service/token/decision.go"},
		"Fail":             {"service/proof/spend.go"},
		"Match":            {"service/totp/claim.go"},
		"MatchPair":        {"service/totp/claim.go"},
	}
	called := map[string][]string{}
	for _, f := range sources(t) {
		if f.test || !within(f.folder, "service") {
			continue
		}
		for _, name := range callsIn(f.syntax) {
			if _, ok := allowed[name]; ok && !slices.Contains(called[name], f.path) {
				called[name] = append(called[name], f.path)
			}
		}
	}
	for name, files := range allowed {
		if got := called[name]; !slices.Equal(got, files) {
			t.Errorf("%s is called in %v, want in %v alone", name, got, files)
		}
	}
}

// callsIn returns the names of the methods and functions that a file calls.
func callsIn(file *ast.File) (names []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch called := call.Fun.(type) {
			case *ast.SelectorExpr:
				names = append(names, called.Sel.Name)
			case *ast.Ident:
				names = append(names, called.Name)
			}
		}
		return true
	})
	return names
}
