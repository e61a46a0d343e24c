package prompt

import (
	"fmt"
	"reflect"
	"strings"
	"text/template/parse"
)

// The templates are those of text/template, read by its parser, of which prompts need little: fields, if, else, eq,
// range and fence. They are filled here and not by text/template itself, which can call any method by its name: with it
// in the program the linker keeps every method of every type, 2.6 MB that nothing uses.

// parseTemplate reads a template.
func parseTemplate(name, text string) (*parse.Tree, error) {
	known := map[string]any{"fence": Fence, "eq": reflect.DeepEqual}
	trees, err := parse.Parse(name, text, "{{", "}}", known)
	if err != nil {
		return nil, err
	}
	if trees[name] == nil {
		return nil, fmt.Errorf("%s is empty", name)
	}
	return trees[name], nil
}

// filler fills one template. What it meets and does not know is a mistake in the program: it panics.
type filler struct {
	out  strings.Builder
	vars map[string]reflect.Value
}

// node writes one part of a template; dot is what the dot stands for there.
func (f *filler) node(n parse.Node, dot reflect.Value) {
	switch n := n.(type) {
	case nil:
	case *parse.TextNode:
		f.out.Write(n.Text)
	case *parse.ListNode:
		if n != nil { // an else that is not there
			for _, part := range n.Nodes {
				f.node(part, dot)
			}
		}
	case *parse.ActionNode:
		fmt.Fprint(&f.out, f.pipe(n.Pipe, dot).Interface())
	case *parse.IfNode:
		if holds(f.pipe(n.Pipe, dot)) {
			f.node(n.List, dot)
		} else {
			f.node(n.ElseList, dot)
		}
	case *parse.RangeNode:
		f.each(n, dot)
	default:
		panic(fmt.Sprintf("prompt: a template holds %s", n))
	}
}

// each writes the body of a range once for each element of a list.
func (f *filler) each(n *parse.RangeNode, dot reflect.Value) {
	list := f.pipe(n.Pipe, dot)
	for i := range list.Len() {
		element := bare(list.Index(i))
		switch names := n.Pipe.Decl; len(names) {
		case 1:
			f.vars[names[0].Ident[0]] = element
		case 2:
			f.vars[names[0].Ident[0]], f.vars[names[1].Ident[0]] = reflect.ValueOf(i), element
		}
		f.node(n.List, element)
	}
	if list.Len() == 0 {
		f.node(n.ElseList, dot)
	}
}

// pipe is the value of what stands in an action: a value, or fence or eq of values.
func (f *filler) pipe(p *parse.PipeNode, dot reflect.Value) reflect.Value {
	if len(p.Cmds) != 1 {
		panic(fmt.Sprintf("prompt: a template holds %s", p))
	}
	args := p.Cmds[0].Args
	name, called := args[0].(*parse.IdentifierNode)
	switch {
	case !called && len(args) == 1:
		return f.value(args[0], dot)
	case called && name.Ident == "fence" && len(args) == 2:
		return reflect.ValueOf(Fence(fmt.Sprint(f.value(args[1], dot).Interface())))
	case called && name.Ident == "eq" && len(args) == 3:
		a, b := f.value(args[1], dot).Interface(), f.value(args[2], dot).Interface()
		return reflect.ValueOf(fmt.Sprint(a) == fmt.Sprint(b))
	}
	panic(fmt.Sprintf("prompt: a template holds %s", p))
}

// value is what a field, a variable, the dot or a text stands for.
func (f *filler) value(n parse.Node, dot reflect.Value) reflect.Value {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return field(dot, n.Ident)
	case *parse.VariableNode:
		return field(f.vars[n.Ident[0]], n.Ident[1:])
	case *parse.StringNode:
		return reflect.ValueOf(n.Text)
	}
	panic(fmt.Sprintf("prompt: a template holds %s", n))
}

// field follows names into a struct or a map.
func field(v reflect.Value, names []string) reflect.Value {
	for _, name := range names {
		inside := reflect.Value{}
		switch v.Kind() {
		case reflect.Struct:
			inside = v.FieldByName(name)
		case reflect.Map:
			inside = v.MapIndex(reflect.ValueOf(name))
		}
		if !inside.IsValid() {
			panic("prompt: a template asks for " + name + ", which is not there")
		}
		v = bare(inside)
	}
	return v
}

// bare is what pointers and interfaces lead to; nothing is the empty text.
func bare(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return reflect.ValueOf("")
	}
	return v
}

// holds says whether a value counts as true: it is not empty.
func holds(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() > 0
	}
	return !v.IsZero()
}
