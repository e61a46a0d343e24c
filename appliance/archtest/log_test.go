package archtest_test

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// The message of a line of the log is written in the source. What differs stands in its values, whose keys are too: so a
// support bundle can hold messages, and nobody's words are ever one.
func TestMessagesOfTheLogAreWrittenInTheSource(t *testing.T) {
	keep(t, rule{
		name:  "log",
		check: perFile(checkLog),
		bad: []sample{
			{"appliance/x/x.go", "package x\nfunc f(t string) { s.log.Info(t) }"},
			{"appliance/x/x.go", "package x\nfunc f(t string) { s.Log.Warn(`a ` + t) }"},
			{"appliance/x/x.go", "package x\nfunc f(t string) { log.ErrorContext(ctx, err.Error()) }"},
		},
		good: []sample{
			{"appliance/x/x.go", "package x\nfunc f(t string) { s.log.Info(`a` + `b`, `key`, t) }"},
			{"appliance/x/x.go", "package x\nconst text = `a`\nfunc f() { log.Warn(text); a.Log.InfoContext(ctx, `b`) }"},
			{"appliance/x/x.go", "package x\nfunc f(t string) { other.Info(t) }"},
		},
	})
}

func checkLog(s *source) (found []string) {
	if s.isTest() {
		return nil
	}
	constants := constantsOf(s.file)
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !isLog(method.X) {
			return true
		}
		at := slices.Index([]string{"Debug", "Info", "Warn", "Error"}, method.Sel.Name)
		message := 0
		if at < 0 {
			at, message = slices.Index([]string{"DebugContext", "InfoContext", "WarnContext", "ErrorContext"}, method.Sel.Name), 1
		}
		if at >= 0 && len(call.Args) > message && !isWritten(call.Args[message], constants) {
			found = append(found, s.at(call.Pos(), "the message of a line of the log is not written here"))
		}
		return true
	})
	return found
}

// isLog says whether an expression is a log, by its name.
func isLog(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "log"
	case *ast.SelectorExpr:
		return x.Sel.Name == "log" || x.Sel.Name == "Log"
	}
	return false
}

// constantsOf gives the names of the constants of a file.
func constantsOf(file *ast.File) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, spec := range d.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					names[name.Name] = true
				}
			}
		}
		return true
	})
	return names
}

func isWritten(x ast.Expr, constants map[string]bool) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return constants[x.Name]
	case *ast.BinaryExpr:
		return isWritten(x.X, constants) && isWritten(x.Y, constants)
	case *ast.ParenExpr:
		return isWritten(x.X, constants)
	}
	return false
}
