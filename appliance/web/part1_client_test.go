package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/web"
)

// outsider is a program that knows the interface from Part 1 of the contract alone: it sends and reads JSON objects and
// none of our types. It is strict about names and types, and lets answers hold more than it knows.
type outsider struct {
	t      *testing.T
	url    string
	header http.Header // of every request
}

// object is a JSON object as the client reads it.
type object = map[string]any

// newOutsider gives a program of an owner with a key for everything, and a browser of the same person.
func newOutsider(t *testing.T, change ...func(*web.Deps)) (c, browser *outsider) {
	t.Helper()
	d := newDesk(t, change...)
	owner := d.person("owner", appliance.RoleOwner)
	d.key("client", owner, time.Time{}, appliance.ScopeAll)
	server := httptest.NewServer(d.handler)
	t.Cleanup(server.Close)
	as := func(name, value string) *outsider {
		return &outsider{t: t, url: server.URL + "/api/v1", header: http.Header{name: {value}, "Content-Type": {"application/json"}}}
	}
	return as("Authorization", d.as["client"]), as("Cookie", strings.TrimPrefix(d.as["owner"], "Cookie "))
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (c *outsider) send(method, path string, body any, header ...string) reply {
	c.t.Helper()
	var text io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(b)
	default:
		j, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		text = bytes.NewReader(j)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, text)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = c.header.Clone()
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, data}
}

// does sends a request that must be answered with status and gives the JSON object of the answer.
func (c *outsider) does(status int, method, path string, body any, header ...string) object {
	c.t.Helper()
	a := c.send(method, path, body, header...)
	if a.status != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	if status == http.StatusNoContent {
		return nil
	}
	var out object
	if err := json.Unmarshal(a.body, &out); err != nil {
		c.t.Fatalf("%s %s: the answer is no JSON object: %s", method, path, a.body)
	}
	return out
}

// fails sends a request that must be refused with a status and a code, naming the fields.
func (c *outsider) fails(status int, code, method, path string, body any, fields ...string) object {
	c.t.Helper()
	out := c.does(status, method, path, body)
	e, _ := out["error"].(object)
	c.has(method+" "+path+": error", e, object{"code": "string", "message": "string", "request_id": "string"})
	if e["code"] != code {
		c.t.Errorf("%s %s: code %v, want %s: %v", method, path, e["code"], code, e["message"])
	}
	var named []string
	list, _ := e["fields"].([]any)
	for _, f := range list {
		named = append(named, fmt.Sprint(f.(object)["field"]))
	}
	for _, field := range fields {
		if !slices.Contains(named, field) {
			c.t.Errorf("%s %s: the fields %v do not name %s: %v", method, path, named, field, e["message"])
		}
	}
	return e
}

// has checks that an object has each named part in the kind that is given: "string", "int", "bool", "time", "list", "any",
// each with "?" where null is possible; an object for an object of that form; a list of one form for a list of those.
func (c *outsider) has(where string, got object, form object) {
	c.t.Helper()
	if got == nil {
		c.t.Errorf("%s: not there", where)
		return
	}
	for name, kind := range form {
		v, there := got[name]
		if !there {
			c.t.Errorf("%s.%s is missing", where, name)
			continue
		}
		c.is(where+"."+name, v, kind)
	}
}

func (c *outsider) is(where string, v, kind any) {
	c.t.Helper()
	switch k := kind.(type) {
	case object:
		o, _ := v.(object)
		c.has(where, o, k)
	case []object:
		list, ok := v.([]any)
		if !ok {
			c.t.Errorf("%s is no list: %v", where, v)
		}
		for i, item := range list {
			o, _ := item.(object)
			c.has(fmt.Sprintf("%s[%d]", where, i), o, k[0])
		}
	case string:
		name, nullable := strings.CutSuffix(k, "?")
		if v == nil {
			if !nullable {
				c.t.Errorf("%s is null, want %s", where, name)
			}
			return
		}
		if !isKind(v, name) {
			c.t.Errorf("%s is %v (%T), want %s", where, v, v, k)
		}
	default:
		c.t.Fatalf("%s: no kind: %v", where, kind)
	}
}

func isKind(v any, name string) bool {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	switch name {
	case "any":
		return true
	case "string":
		return isText
	case "time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil && strings.HasSuffix(text, "Z")
	case "int":
		return isNumber && number == float64(int64(number))
	case "bool":
		_, ok := v.(bool)
		return ok
	case "list":
		_, ok := v.([]any)
		return ok
	}
	return false
}

// list checks the form of a list and of each of its items, and gives them.
func (c *outsider) list(where string, got object, item object) []object {
	c.t.Helper()
	c.has(where, got, object{"data": []object{item}, "pagination": object{"total": "int", "limit": "int", "offset": "int"}})
	return objects(got["data"])
}

func objects(v any) []object {
	list, _ := v.([]any)
	all := make([]object, len(list))
	for i, item := range list {
		all[i], _ = item.(object)
	}
	return all
}

// text gives a text of an object; it must be there.
func (c *outsider) text(o object, name string) string {
	c.t.Helper()
	s, ok := o[name].(string)
	if !ok || s == "" {
		c.t.Fatalf("%s is missing in %v", name, o)
	}
	return s
}
