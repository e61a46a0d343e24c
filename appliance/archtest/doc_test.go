package archtest_test

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

// Every package says what it is for, once.
func TestEveryPackageIsExplained(t *testing.T) {
	keep(t, rule{
		name: "package comment",
		check: func(all []*source) []string {
			explained, first := map[string]bool{}, map[string]*source{}
			for _, s := range all {
				if s.isTest() {
					continue
				}
				if first[s.pkg()] == nil {
					first[s.pkg()] = s
				}
				want := "Package " + s.file.Name.Name + " "
				if s.file.Name.Name == "main" {
					want = "Command " + path.Base(s.pkg()) + " "
				}
				if s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), want) {
					explained[s.pkg()] = true
				}
			}
			var found []string
			for p, s := range first {
				if !explained[p] {
					found = append(found, s.at(s.file.Package, "package %s has no comment that begins with its name", p))
				}
			}
			return found
		},
		bad: []sample{
			{"appliance/x/x.go", "package x"},
			{"appliance/x/x.go", "// This is x.\npackage x"},
			{"cmd/harmonium/main.go", "// Package main is the program.\npackage main"},
		},
		good: []sample{
			{"appliance/x/x.go", "// Package x is an example.\npackage x"},
			{"cmd/harmonium/main.go", "// Command harmonium is the program.\npackage main"},
		},
	})
}

// Every exported name says what it means. One comment may stand for a block, and for the declarations that follow the
// first without an empty line between. What the standard library has explained (Error, String, ServeHTTP…) need not be
// explained again.
func TestEveryExportedNameIsExplained(t *testing.T) {
	keep(t, rule{
		name:  "comment",
		check: perFile(checkComments),
		bad: []sample{
			{"appliance/x/x.go", "package x\n\nfunc F() {}"},
			{"appliance/x/x.go", "package x\n\ntype T struct{}"},
			{"appliance/x/x.go", "package x\n\nconst C = 1"},
			{"appliance/x/x.go", "package x\n\n// T is\ntype T int\n\nfunc (t T) M() {}"},
			{"appliance/x/x.go", "package x\n\n// F is\nfunc F() {}\n\nfunc G() {}"},
			{"appliance/x/x.go", "package x\n\nvar (\n\tA = 1\n)"},
		},
		good: []sample{
			{"appliance/x/x.go", "package x\n\n// F does.\nfunc F() {}\n\nfunc g() {}"},
			{"appliance/x/x.go", "package x\n\n// The makers.\nfunc F() {}\nfunc G() {}"},
			{"appliance/x/x.go", "package x\n\n// Values.\nconst (\n\tA = 1\n\tB = 2\n)"},
			{"appliance/x/x.go", "package x\n\ntype (\n\tA int // one\n\t// B is two.\n\tB int\n)"},
			{"appliance/x/x.go", "package x\n\ntype t int\n\nfunc (t t) M() {}"},
			{"appliance/x/x.go", "package x\n\n// T is\ntype T int\n\nfunc (t T) Error() string { return \"\" }"},
			{"appliance/x/x_test.go", "package x_test\n\nfunc F() {}"},
		},
	})
}

// wellKnown are methods whose meaning is that of an interface of the standard library.
var wellKnown = map[string]bool{
	"Error": true, "Unwrap": true, "String": true, "ServeHTTP": true, "MarshalJSON": true, "UnmarshalJSON": true,
	"Read": true, "Write": true, "Close": true, "Len": true, "Less": true, "Swap": true, "Scan": true, "Value": true,
	"WriteHeader": true, "Header": true, "Is": true, "As": true, "Format": true, "GoString": true, "LogValue": true,
}

func checkComments(s *source) []string {
	if s.isTest() || s.file.Name.Name == "main" {
		return nil
	}
	var found []string
	covered := -1 // the line on which the last explained declaration ends
	for _, d := range s.file.Decls {
		line := s.set.Position(d.Pos()).Line
		explained := line == covered+1
		switch d := d.(type) {
		case *ast.FuncDecl:
			explained = explained || d.Doc != nil
			if !explained && isPublic(d) {
				found = append(found, s.at(d.Pos(), "%s is not explained", d.Name.Name))
			}
		case *ast.GenDecl:
			explained = explained || d.Doc != nil || d.Tok == token.IMPORT
			for _, spec := range d.Specs {
				for _, name := range unexplained(spec, explained) {
					found = append(found, s.at(spec.Pos(), "%s is not explained", name))
				}
			}
		}
		if explained {
			covered = s.set.Position(d.End()).Line
		}
	}
	return found
}

// isPublic says whether a function can be called from outside, so that its meaning must be told.
func isPublic(d *ast.FuncDecl) bool {
	if !d.Name.IsExported() {
		return false
	}
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported() && !wellKnown[d.Name.Name]
		default:
			return true
		}
	}
}

func unexplained(spec ast.Spec, explained bool) (names []string) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && !explained && spec.Doc == nil && spec.Comment == nil {
			names = append(names, spec.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range spec.Names {
			if n.IsExported() && !explained && spec.Doc == nil && spec.Comment == nil {
				names = append(names, n.Name)
			}
		}
	}
	return names
}
