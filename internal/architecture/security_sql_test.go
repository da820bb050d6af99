package architecture_test

import (
	"go/ast"
	"go/token"
	"testing"
)

// takesSQL are the methods whose first argument GORM, or the driver, takes for SQL.
var takesSQL = map[string]bool{
	"Where": true, "Or": true, "Not": true, "Having": true, "Order": true, "Group": true, "Select": true, "Omit": true, "Table": true,
	"Joins": true, "Raw": true, "Distinct": true, "Pluck": true, "Expr": true,
}

// takesConditions are those that take values, and then SQL again: First(&u, id) is SQL when id is a string.
var takesConditions = map[string]bool{"First": true, "Take": true, "Last": true, "Find": true, "Delete": true}

// No SQL is put together from what somebody sent: it is written in the source, or chosen by the engine.
func TestSQLIsWrittenAndNotPutTogether(t *testing.T) {
	t.Parallel()
	constants, seen := map[string]bool{}, 0
	eachInRepository(t, func(_ source, node ast.Node) {
		if decl, ok := node.(*ast.GenDecl); ok && decl.Tok == token.CONST {
			for _, spec := range decl.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					constants[name.Name] = true
				}
			}
		}
	})
	eachInRepository(t, func(f source, node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return
		}
		holder, ok := method.X.(*ast.Ident)
		if ok && (holder.Name == "cmp" || holder.Name == "slices") {
			return
		}
		if takesConditions[method.Sel.Name] && len(call.Args) > 1 {
			t.Errorf("%s: %s is given conditions besides what it works on", f.path, method.Sel.Name)
		}
		if !takesSQL[method.Sel.Name] {
			return
		}
		seen++
		if !isWritten(call.Args[0], constants) {
			t.Errorf("%s: the SQL that %s is given is put together", f.path, method.Sel.Name)
		}
	})
	if seen < 20 {
		t.Errorf("only %d statements were looked at", seen)
	}
}

// isWritten: literals, constants, and what the engine declares, one after the other.
func isWritten(e ast.Expr, constants map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit, *ast.FuncLit: // sql.Conn's Raw is given a function
		return true
	case *ast.Ident:
		return constants[e.Name]
	case *ast.BinaryExpr:
		return isWritten(e.X, constants) && isWritten(e.Y, constants)
	case *ast.SelectorExpr: // s.engine.something
		holder, ok := e.X.(*ast.SelectorExpr)
		return ok && holder.Sel.Name == "engine"
	}
	return false
}

func eachInRepository(t *testing.T, look func(f source, node ast.Node)) {
	t.Helper()
	for _, f := range sources(t) {
		if f.test || !within(f.folder, "repository") {
			continue
		}
		ast.Inspect(f.syntax, func(node ast.Node) bool {
			look(f, node)
			return true
		})
	}
}
