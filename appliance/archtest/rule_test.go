package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is where the module begins, seen from the directory of this package.
const root = "../.."

// module is the path of the module, as go.mod has it.
const module = "harmonium"

// source is one parsed Go file.
type source struct {
	path string // within the module, with slashes: "appliance/web/errors.go"
	file *ast.File
	set  *token.FileSet
}

// pkg is the directory of the file within the module.
func (s *source) pkg() string { return path.Dir(s.path) }

func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// at makes a finding out of what stands at pos.
func (s *source) at(pos token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.set.Position(pos).Line, fmt.Sprintf(format, args...))
}

// imports gives the import paths of the file by the name under which the file uses them.
func (s *source) imports() map[string]string {
	names := map[string]string{}
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		name := path.Base(p)
		if strings.HasPrefix(name, "v") && len(name) == 2 { // "github.com/go-chi/chi/v5" is chi
			name = path.Base(path.Dir(p))
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = p
	}
	return names
}

// qualified gives the import path and the name of a selector such as net.Dial, "" when x is something else.
func (s *source) qualified(x ast.Expr) (importPath, name string) {
	sel, ok := x.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return s.imports()[id.Name], sel.Sel.Name
}

// rule looks at the whole source and says where it is broken. A rule that judges files one by one is a perFile.
type rule struct {
	name  string
	check func([]*source) []string
	// bad and good are samples: each is one file that, alone, must be found fault with or not.
	bad, good []sample
}

type sample struct {
	path string
	text string
}

// perFile makes a check of the whole source out of a check of one file.
func perFile(check func(*source) []string) func([]*source) []string {
	return func(all []*source) []string {
		var found []string
		for _, s := range all {
			found = append(found, check(s)...)
		}
		return found
	}
}

// keep checks a rule against its samples and against the whole source.
func keep(t *testing.T, r rule) {
	t.Helper()
	for _, b := range r.bad {
		if len(r.check([]*source{parse(t, b.path, b.text)})) == 0 {
			t.Errorf("%s: this breaks the rule and was not found, in %s:\n%s", r.name, b.path, b.text)
		}
	}
	for _, g := range r.good {
		for _, f := range r.check([]*source{parse(t, g.path, g.text)}) {
			t.Errorf("%s: this keeps the rule and was found fault with: %s\n%s", r.name, f, g.text)
		}
	}
	for _, f := range r.check(everything(t)) {
		t.Errorf("%s: %s", r.name, f)
	}
}

func parse(t *testing.T, path, text string) *source {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return &source{path: path, file: file, set: set}
}

// everything parses all Go files of the module.
func everything(t *testing.T) []*source {
	t.Helper()
	var all []*source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "node_modules", "dist", "testdata", "data", "bin":
				return filepath.SkipDir
			}
			if p != root && strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(p, "go.mod")); p != root && err == nil {
				return filepath.SkipDir // a module of its own: what it builds is another program
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		all = append(all, parse(t, filepath.ToSlash(rel), string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d files found: looked in the wrong place", len(all))
	}
	return all
}
