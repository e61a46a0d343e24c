package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// kind is what an argument is.
type kind string

const (
	text   kind = "text"
	number kind = "a whole number"
	yesNo  kind = "true or false"
	list   kind = "a list"
	record kind = "an object"
)

// types are the kinds in the words of JSON Schema.
var types = map[kind]string{text: "string", number: "integer", yesNo: "boolean", list: "array", record: "object"}

// arg is an argument of a tool. What it may hold beyond its kind is checked by the interface.
type arg struct {
	name  string
	kind  kind
	about string
	must  bool
	null  bool     // null takes away what is there
	among []string // the only texts that it can be; none: any
	as    string   // its name in the interface, where that differs
	each  string   // of a list: the JSON Schema of what it holds
}

func (a arg) needed() arg { a.must = true; return a }

func (a arg) or(values ...string) arg { a.among = values; return a }

func (a arg) called(name string) arg { a.as = name; return a }

func (a arg) of(schema string) arg { a.each = schema; return a }

// schema is the argument as JSON Schema.
func (a arg) schema() map[string]any {
	s := map[string]any{"type": types[a.kind], "description": a.about}
	if a.null {
		s["type"] = []string{types[a.kind], "null"}
	}
	if len(a.among) > 0 {
		s["enum"] = a.among
	}
	if a.each != "" {
		s["items"] = json.RawMessage(a.each)
	}
	return s
}

// wrong says what is wrong with a value, "" for nothing.
func (a arg) wrong(raw json.RawMessage) string {
	value := bytes.TrimSpace(raw)
	if a.null && string(value) == "null" {
		return ""
	}
	fits := false
	switch a.kind {
	case text:
		fits = value[0] == '"'
	case yesNo:
		fits = string(value) == "true" || string(value) == "false"
	case number:
		var n int64
		fits = value[0] != 'n' && json.Unmarshal(value, &n) == nil
	case list:
		fits = value[0] == '['
	case record:
		fits = value[0] == '{'
	}
	if !fits {
		return fmt.Sprintf("%s must be %s.", a.name, a.kind)
	}
	if len(a.among) > 0 {
		var given string
		if json.Unmarshal(value, &given) != nil || !slices.Contains(a.among, given) {
			return fmt.Sprintf("%s must be one of: %s.", a.name, strings.Join(a.among, ", "))
		}
	}
	if a.must && string(value) == `""` {
		return fmt.Sprintf("%s must not be empty.", a.name)
	}
	return ""
}

// arguments are the values that a tool was called with, as they were written.
type arguments map[string]json.RawMessage

// read takes the arguments of a call apart and says in words what is wrong with them.
func (t Tool) read(raw json.RawMessage) (arguments, string) {
	given := arguments{}
	if len(bytes.TrimSpace(raw)) > 0 && string(bytes.TrimSpace(raw)) != "null" {
		if err := split(raw, given); err != "" {
			return nil, err
		}
	}
	var wrong []string
	for _, a := range t.args {
		value, found := given[a.name]
		switch {
		case !found && a.must:
			wrong = append(wrong, fmt.Sprintf("%s is missing: %s.", a.name, a.about))
		case found:
			if w := a.wrong(value); w != "" {
				wrong = append(wrong, w)
			}
		}
	}
	for name := range given {
		if !slices.ContainsFunc(t.args, func(a arg) bool { return a.name == name }) {
			wrong = append(wrong, fmt.Sprintf("There is no argument %.60q; %s.", name, t.takes()))
		}
	}
	slices.Sort(wrong)
	return given, strings.Join(wrong, "\n")
}

// takes names the arguments of a tool.
func (t Tool) takes() string {
	if len(t.args) == 0 {
		return t.Name + " takes none"
	}
	names := make([]string, len(t.args))
	for i, a := range t.args {
		names[i] = a.name
	}
	return t.Name + " takes " + strings.Join(names, ", ")
}

// split takes the members of a JSON object apart. A name that stands there twice is refused, since two readers could take
// two different values for it.
func split(raw json.RawMessage, into arguments) (wrong string) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return "The arguments must be an object."
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "The arguments cannot be read."
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return "The arguments cannot be read."
		}
		key, _ := name.(string)
		if _, twice := into[key]; twice {
			return fmt.Sprintf("The argument %.60q is there twice.", key)
		}
		into[key] = value
	}
	return ""
}
