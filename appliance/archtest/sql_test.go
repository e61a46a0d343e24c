package archtest_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sqlMethods run the SQL that they are given as an argument: the first, or the second after a context.
var sqlMethods = map[string]bool{
	"Exec": true, "Query": true, "QueryRow": true, "exec": true, "AtCommit": true, "prepared": true, "Prepare": true,
	"ExecContext": true, "QueryContext": true, "QueryRowContext": true, "PrepareContext": true,
}

// sqlByHand names the functions of package store that put SQL together out of more than constants, with the reason
// why nothing from outside can get in.
var sqlByHand = map[string]string{
	"appliance/store/erase.go mergeIndex":     "the name of a search table, which the schema gives",
	"appliance/store/tombstones.go deleteRow": "one of the statements of rowDeletions",
	"appliance/store/erasures.go count":       "one of the statements of parts",
	"appliance/store/backup.go countRows":     "the name of a table, which the schema gives",
	"appliance/store/group.go commit":         "what was handed to AtCommit, which is checked where it is called",
	"appliance/store/kept.go watch":           "the names of tables and columns, which the schema gives",
	"appliance/store/membership.go execIn":    "a statement for sessions or the same for projects, which its callers write",
	"appliance/store/membership.go queryIn":   "the same",
	"appliance/store/migrate.go setPragma":    "the name of a pragma, which its callers write",
}

// SQL is made of constants; what comes from outside goes in by parameters (ASVS 1.2.4).
func TestSQLIsNeverGluedTogether(t *testing.T) {
	in := func(body string) sample {
		return sample{"appliance/store/x.go", "package store\nimport (\"fmt\"; \"strings\")\nconst columns = `a, b`\nvar v = `c`\n" +
			"func F(tx *Tx, name string) {" + body + "}\nfunc list(tx *Tx, query string) { tx.Query(query) }\nfunc order() string { return `a` }\n" +
			"func where(name string) (q string, args []any) { q = ` WHERE a = ?`; return q, args }\n" +
			"func evil(name string) (q string, args []any) { q = ` WHERE a = ` + name; return q, args }"}
	}
	keep(t, rule{
		name:  "SQL",
		check: checkSQL,
		bad: []sample{
			in("tx.Exec(`DELETE FROM ` + name)"),
			in("tx.Query(fmt.Sprintf(`SELECT %s`, name))"),
			in("tx.QueryRow(fmt.Sprintf(`SELECT %d, %s`, 1, name))"),
			in("q := `SELECT ` + name; tx.Query(q)"),
			in("q := `SELECT `; q += name; tx.Query(q)"),
			in("q := fmt.Sprint(name); tx.Exec(q)"),
			in("tx.Exec(strings.Join([]string{name}, `,`))"),
			in("tx.Exec(strings.ReplaceAll(`SELECT x`, `x`, name))"),
			in("list(tx, `SELECT ` + name)"),
			in("tx.Exec(v)"),
			in("q := name; if true { q = `SELECT 1` }; tx.Exec(q)"),
			in("db.QueryContext(ctx, name + ``)"),
			in("q, args := evil(name); tx.Query(`SELECT 1` + q, args)"),
			in("for _, q := range []string{`SELECT 1`, name} { tx.Exec(q) }"),
			in("for q := range names { tx.Exec(q) }"),
			in("var l []string; l = append(l, `a`, name); tx.Exec(strings.Join(l, `,`))"),
			in("l := []string{}; l = append(l, names...); tx.Exec(strings.Join(l, `,`))"),
			in("l := []string{`a`}; tx.Exec(strings.Join(l, name))"),
		},
		good: []sample{
			in("tx.Exec(`DELETE FROM a WHERE b = ?`, name)"),
			in("tx.Query(`SELECT ` + columns + ` FROM a`)"),
			in("q := `SELECT 1`; if name != `` { q += ` WHERE a = ?` }; tx.Query(q, name)"),
			in("tx.Exec(fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, 8))"),
			in("tx.Query(`SELECT 1 WHERE a IN (?` + strings.Repeat(`, ?`, 3) + `)`)"),
			in("list(tx, `SELECT ` + columns)"),
			in("tx.Query(`SELECT 1 ORDER BY ` + order())"),
			in("name.Query()"),
			in("var l []string; l = append(l, `a`, columns); tx.Exec(strings.Join(l, `,`))"),
			in("q, args := where(name); tx.Query(`SELECT 1` + q, args)"),
			in("for _, q := range []string{`SELECT 1`, `SELECT ` + columns} { tx.Exec(q) }"),
		},
	})
}

// Every exception is about a function that exists, so that the list does not outlive its reasons.
func TestExceptionsFromTheRuleAboutSQLExist(t *testing.T) {
	have := map[string]bool{}
	for _, s := range everything(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				have[s.path+" "+f.Name.Name] = true
			}
		}
	}
	for name := range sqlByHand {
		if !have[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// sqlCheck follows the texts that reach SQL through the functions of package store.
type sqlCheck struct {
	constants map[string]bool
	functions map[string][]*sqlFunc // by name
	sinks     map[string]map[int]bool
	found     []string
}

type sqlFunc struct {
	source *source
	decl   *ast.FuncDecl
}

func checkSQL(all []*source) []string {
	c := &sqlCheck{constants: map[string]bool{}, functions: map[string][]*sqlFunc{}, sinks: map[string]map[int]bool{}}
	var ours []*sqlFunc
	for _, s := range all {
		if s.pkg() != "appliance/store" || s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				if d.Tok == token.CONST {
					for _, spec := range d.Specs {
						for _, n := range spec.(*ast.ValueSpec).Names {
							c.constants[n.Name] = true
						}
					}
				}
			case *ast.FuncDecl:
				f := &sqlFunc{s, d}
				c.functions[d.Name.Name] = append(c.functions[d.Name.Name], f)
				ours = append(ours, f)
			}
		}
	}
	// A function that hands a parameter on to SQL makes its callers answer for it; so again until nothing is new.
	for before := -1; before != c.countSinks(); {
		before = c.countSinks()
		c.found = nil
		for _, f := range ours {
			c.calls(f)
		}
	}
	return c.found
}

func (c *sqlCheck) countSinks() int {
	n := 0
	for _, s := range c.sinks {
		n += len(s)
	}
	return n
}

func (c *sqlCheck) calls(f *sqlFunc) {
	if f.decl.Body == nil || sqlByHand[f.source.path+" "+f.decl.Name.Name] != "" {
		return
	}
	if sqlMethods[f.decl.Name.Name] && f.decl.Recv != nil { // the methods themselves hand their argument to the driver
		return
	}
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch fun := call.Fun.(type) {
		case *ast.SelectorExpr:
			name = fun.Sel.Name
			if sqlMethods[name] && len(call.Args) > 0 {
				i := 0
				if strings.HasSuffix(name, "Context") || isIdent(call.Args[0], "ctx") {
					i = 1
				}
				if i < len(call.Args) && !c.constant(f, call.Args[i], nil) {
					c.found = append(c.found, f.source.at(call.Pos(), "SQL that is not made of constants"))
				}
				return true
			}
		case *ast.Ident:
			name = fun.Name
		}
		for i := range c.sinks[name] {
			if i < len(call.Args) && !c.constant(f, call.Args[i], nil) {
				c.found = append(c.found, f.source.at(call.Pos(), "SQL that is not made of constants, by way of %s", name))
			}
		}
		return true
	})
}

func isIdent(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == name
}

// constant says whether the text x, in f, is put together out of constants. Parameters of f pass, and become sinks.
func (c *sqlCheck) constant(f *sqlFunc, x ast.Expr, seen []string) bool {
	switch x := x.(type) {
	case *ast.BasicLit:
		return true
	case *ast.ParenExpr:
		return c.constant(f, x.X, seen)
	case *ast.BinaryExpr:
		return c.constant(f, x.X, seen) && c.constant(f, x.Y, seen)
	case *ast.Ident:
		return c.identifier(f, x.Name, seen)
	case *ast.CallExpr:
		return c.call(f, x, seen)
	}
	return false
}

func (c *sqlCheck) identifier(f *sqlFunc, name string, seen []string) bool {
	if slices.Contains(seen, name) {
		return true // q = q + …
	}
	values, found := assigned(f.decl.Body, name)
	for _, v := range values {
		if v.result > 0 || v.several {
			if call, ok := v.expr.(*ast.CallExpr); !ok || !c.returned(f, call, v.result) {
				return false
			}
		} else if !c.constant(f, v.expr, append(seen, name)) {
			return false
		}
	}
	i := 0
	for _, field := range f.decl.Type.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				if c.sinks[f.decl.Name.Name] == nil {
					c.sinks[f.decl.Name.Name] = map[int]bool{}
				}
				c.sinks[f.decl.Name.Name][i] = true
				// Nobody can follow what callers outside the package hand in.
				found = isIdent(field.Type, "string") && !f.decl.Name.IsExported()
			}
			i++
		}
	}
	return found || c.constants[name]
}

// value is what is assigned to a name: an expression, or one of the several results of a call.
type value struct {
	expr    ast.Expr
	several bool
	result  int
}

// assigned gives what is assigned to a local name anywhere in body; false when the name is not local, or is filled
// in a way that is not followed.
func assigned(body *ast.BlockStmt, name string) (values []value, ok bool) {
	clean := true
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if isIdent(l, name) && len(n.Rhs) == len(n.Lhs) {
					values = append(values, value{expr: n.Rhs[i]})
				} else if isIdent(l, name) {
					values = append(values, value{n.Rhs[0], true, i})
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				if id.Name == name && i < len(n.Values) {
					values = append(values, value{expr: n.Values[i]})
				}
			}
		case *ast.RangeStmt: // for _, name := range []string{…}
			list, isList := n.X.(*ast.CompositeLit)
			if n.Value != nil && isIdent(n.Value, name) && isList {
				for _, e := range list.Elts {
					values = append(values, value{expr: e})
				}
			} else if n.Value != nil && isIdent(n.Value, name) || n.Key != nil && isIdent(n.Key, name) {
				clean = false
			}
		}
		return true
	})
	return values, clean && len(values) > 0
}

func (c *sqlCheck) call(f *sqlFunc, x *ast.CallExpr, seen []string) bool {
	switch p, name := f.source.qualified(x.Fun); {
	case p == "fmt" && name == "Sprintf": // numbers cannot be SQL
		lit, ok := x.Args[0].(*ast.BasicLit)
		if !ok {
			return false
		}
		format, _ := strconv.Unquote(lit.Value)
		return strings.Count(format, "%") == strings.Count(format, "%d")
	case p == "strings" && name == "Repeat":
		return c.constant(f, x.Args[0], seen)
	case p == "strings" && name == "Join":
		return c.list(f, x.Args[0]) && c.constant(f, x.Args[1], seen)
	case p != "":
		return false
	}
	return c.returned(f, x, 0)
}

// list says whether a local list of texts holds nothing but constants.
func (c *sqlCheck) list(f *sqlFunc, x ast.Expr) bool {
	var texts []ast.Expr
	switch x := x.(type) {
	case *ast.CompositeLit:
		texts = x.Elts
	case *ast.Ident:
		values, ok := assigned(f.decl.Body, x.Name)
		if !ok {
			return false
		}
		for _, v := range values {
			call, isCall := v.expr.(*ast.CallExpr)
			lit, isLit := v.expr.(*ast.CompositeLit)
			switch {
			case isCall && isIdent(call.Fun, "append") && isIdent(call.Args[0], x.Name) && call.Ellipsis == token.NoPos:
				texts = append(texts, call.Args[1:]...)
			case isLit:
				texts = append(texts, lit.Elts...)
			default:
				return false
			}
		}
	default:
		return false
	}
	for _, t := range texts {
		if !c.constant(f, t, nil) {
			return false
		}
	}
	return true
}

// returned says whether a result of a function of ours is put together out of constants.
func (c *sqlCheck) returned(f *sqlFunc, x *ast.CallExpr, result int) bool {
	name := ""
	switch fun := x.Fun.(type) {
	case *ast.Ident:
		name = fun.Name
	case *ast.SelectorExpr:
		name = fun.Sel.Name
	}
	if p, _ := f.source.qualified(x.Fun); p != "" || len(c.functions[name]) == 0 {
		return false
	}
	constant := true
	for _, callee := range c.functions[name] {
		results := callee.decl.Type.Results
		ast.Inspect(callee.decl.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				switch {
				case result < len(n.Results):
					constant = constant && c.constant(callee, n.Results[result], nil)
				case len(n.Results) == 0 && results != nil && result < len(results.List) && len(results.List[result].Names) > 0:
					constant = constant && c.identifier(callee, results.List[result].Names[0].Name, nil)
				default:
					constant = false
				}
			}
			return true
		})
	}
	return constant
}
