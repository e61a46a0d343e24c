package archtest_test

import (
	"go/ast"
	"testing"
)

// Nothing happens because a package is imported.
func TestNoPackageHasAnInit(t *testing.T) {
	keep(t, rule{
		name: "init",
		check: perFile(func(s *source) (found []string) {
			for _, d := range s.file.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					found = append(found, s.at(f.Pos(), "func init"))
				}
			}
			return found
		}),
		bad:  []sample{{"appliance/x/x.go", "package x\nfunc init() {}"}},
		good: []sample{{"appliance/x/x.go", "package x\ntype t int\nfunc (t) init() {}"}},
	})
}

// Variables of a package are set where they are declared and never again: they are constants that Go cannot write as
// such. State belongs to a value that somebody made and somebody closes.
func TestPackagesHoldNoState(t *testing.T) {
	keep(t, rule{
		name:  "state",
		check: checkState,
		bad: []sample{
			{"appliance/x/x.go", "package x\nvar n int\nfunc f() { n = 1 }"},
			{"appliance/x/x.go", "package x\nvar n int\nfunc f() { n++ }"},
			{"appliance/x/x.go", "package x\nvar m = map[string]int{}\nfunc f() { m[`a`] = 1 }"},
			{"appliance/x/x.go", "package x\nvar m = map[string]int{}\nfunc f() { delete(m, `a`) }"},
			{"appliance/x/x.go", "package x\nvar s struct{ n int }\nfunc f() { s.n += 2 }"},
			{"appliance/x/x.go", "package x\nimport `sync`\nvar mu sync.Mutex"},
			{"appliance/x/x.go", "package x\nimport `sync/atomic`\nvar n atomic.Int64"},
		},
		good: []sample{
			{"appliance/x/x.go", "package x\nvar n = 1\nfunc f() { n := 2; n = 3; g(n) }"},
			{"appliance/x/x.go", "package x\nvar m = map[string]int{`a`: 1}\nfunc f() int { return m[`a`] }"},
			{"appliance/x/x.go", "package x\nvar n = 1\nfunc f(n int) { n = 2 }"},
			{"appliance/x/x_test.go", "package x_test\nvar n int\nfunc f() { n = 1 }"},
		},
	})
}

func checkState(all []*source) (found []string) {
	vars := map[string]map[string]bool{} // by package
	for _, s := range all {
		if s.isTest() {
			continue
		}
		if vars[s.pkg()] == nil {
			vars[s.pkg()] = map[string]bool{}
		}
		for _, d := range s.file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok.String() != "var" {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				for _, n := range v.Names {
					vars[s.pkg()][n.Name] = true
				}
				if p, name := s.qualified(v.Type); p == "sync" || p == "sync/atomic" {
					found = append(found, s.at(v.Pos(), "a variable of type %s.%s is state", p, name))
				}
			}
		}
	}
	for _, s := range all {
		if s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				found = append(found, changes(s, f, vars[s.pkg()])...)
			}
		}
	}
	return found
}

// changes finds where f changes one of the variables of its package.
func changes(s *source, f *ast.FuncDecl, vars map[string]bool) (found []string) {
	local := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok.String() == ":=" {
				for _, l := range n.Lhs {
					local[base(l)] = true
				}
			}
		case *ast.Field:
			for _, id := range n.Names {
				local[id.Name] = true
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				local[id.Name] = true
			}
		case *ast.RangeStmt:
			if n.Key != nil {
				local[base(n.Key)] = true
			}
			if n.Value != nil {
				local[base(n.Value)] = true
			}
		}
		return true
	})
	report := func(x ast.Expr) {
		if name := base(x); vars[name] && !local[name] {
			found = append(found, s.at(x.Pos(), "%s belongs to the package and is changed", name))
		}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				report(l)
			}
		case *ast.IncDecStmt:
			report(n.X)
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(n.Args) > 0 {
				report(n.Args[0])
			}
		}
		return true
	})
	return found
}

// base gives the name that x begins with: m of m[k], s of s.a.b.
func base(x ast.Expr) string {
	for {
		switch y := x.(type) {
		case *ast.IndexExpr:
			x = y.X
		case *ast.SelectorExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		case *ast.ParenExpr:
			x = y.X
		case *ast.Ident:
			return y.Name
		default:
			return ""
		}
	}
}
