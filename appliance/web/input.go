package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// huma.Register compiles to 8 kB for each type of input: 1.7 MB for this interface. It is therefore made for two types
// only, and what the type of an operation's input says (the parameters in path, query and header, the Body, RawBody) is read
// here, by reflection, with huma's schemas and huma's checks. huma still reads the bytes of a body, checks it against its
// schema, answers errors, and describes the operation.
type (
	input     struct{ read any }
	bodyInput struct {
		RawBody []byte
		read    any
	}
)

// Resolve reads the input of an operation. huma calls it when it has checked the body.
func (in *input) Resolve(hc huma.Context) (errs []error) {
	in.read, errs = shapeOf(hc).read(hc, nil)
	return errs
}

// Resolve is as for input.
func (in *bodyInput) Resolve(hc huma.Context) (errs []error) {
	in.read, errs = shapeOf(hc).read(hc, in.RawBody)
	return errs
}

// shape is what the type of an input says.
type shape struct {
	api    huma.API
	kind   reflect.Type
	params []param
	body   []int // index of the field Body; nil where there is none
	raw    []int // of RawBody
}

type param struct {
	index              []int
	in, name, fallback string // path, query or header; what it is when it is not given
	required           bool
	explode            bool // a list: the parameter is repeated, in place of commas
	schema             *huma.Schema
}

const shapeKey = "shape"

func shapeOf(hc huma.Context) *shape { return hc.Operation().Metadata[shapeKey].(*shape) }

// register adds an operation with an input of this type. call gets a pointer to one.
func (r router) register(op huma.Operation, kind reflect.Type, call func(context.Context, any) (any, error)) {
	s := &shape{api: r.huma, kind: kind}
	op.Metadata = map[string]any{shapeKey: s}
	s.describe(&op, kind, nil)
	serve := func(ctx context.Context, in any) (*huma.StreamResponse, error) {
		out, err := call(ctx, in)
		if err != nil {
			return nil, r.api.problem(ctx, err)
		}
		return r.answer(out), nil
	}
	if op.RequestBody == nil {
		if len(s.params) > 0 {
			op.Errors = append(op.Errors, http.StatusUnprocessableEntity)
		}
		huma.Register(r.huma, op, func(ctx context.Context, in *input) (*huma.StreamResponse, error) { return serve(ctx, in.read) })
		return
	}
	content, required := op.RequestBody.Content, op.RequestBody.Required
	if s.raw != nil && len(s.params) > 0 {
		op.Errors = append(op.Errors, http.StatusUnprocessableEntity)
	}
	named := content[anyBytes]
	huma.Register(r.huma, op, func(ctx context.Context, in *bodyInput) (*huma.StreamResponse, error) { return serve(ctx, in.read) })
	if op.RequestBody.Required = required; named == nil { // both are set by the type of bodyInput
		delete(content, anyBytes)
	}
}

const anyBytes = "application/octet-stream"

// describe notes the fields of a type of input, and writes them into the description of the operation.
func (s *shape) describe(op *huma.Operation, t reflect.Type, path []int) {
	schemas := s.api.OpenAPI().Components.Schemas
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int{}, path...), i)
		switch {
		case !f.IsExported():
		case f.Anonymous:
			s.describe(op, f.Type, index)
		case f.Name == "Body":
			s.body = index
			hint := t.Name() + f.Name
			if t.Name() == "" {
				hint = op.OperationID + "Request"
			}
			op.RequestBody = &huma.RequestBody{Required: f.Type.Kind() != reflect.Pointer,
				Content: map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromField(schemas, f, hint)}}}
		case f.Name == "RawBody":
			s.raw = index
			op.RequestBody = &huma.RequestBody{Required: true,
				Content: map[string]*huma.MediaType{f.Tag.Get("contentType"): {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
		default:
			s.describeParam(op, f, index)
		}
	}
}

func (s *shape) describeParam(op *huma.Operation, f reflect.StructField, index []int) {
	p := param{index: index, fallback: f.Tag.Get("default")}
	for _, in := range []string{"path", "query", "header"} {
		if name := f.Tag.Get(in); name != "" {
			name, option, _ := strings.Cut(name, ",")
			p.in, p.name, p.explode = in, name, option == "explode"
		}
	}
	if p.in == "" {
		return
	}
	p.required = p.in == "path" || f.Tag.Get("required") == "true"
	p.schema = huma.SchemaFromField(s.api.OpenAPI().Components.Schemas, f, "")
	s.params = append(s.params, p)
	if f.Tag.Get("hidden") == "true" {
		return
	}
	described := &huma.Param{Name: p.name, In: p.in, Description: p.schema.Description, Required: p.required, Schema: p.schema}
	if p.in == "query" {
		described.Style, described.Explode = "form", &p.explode
	}
	op.Parameters = append(op.Parameters, described)
}

// read makes the input of a request. What is wrong with its parameters is told all at once.
func (s *shape) read(hc huma.Context, body []byte) (any, []error) {
	pb, res := huma.NewPathBuffer(nil, 0), &huma.ValidateResult{}
	wrong := func(p param, value any, message string) {
		pb.Reset()
		pb.Push(p.in)
		pb.Push(p.name)
		res.Add(pb, value, message)
	}
	if s.unknown(hc, wrong); len(res.Errors) > 0 {
		return nil, res.Errors
	}
	in := reflect.New(s.kind)
	for _, p := range s.params {
		text := p.given(hc)
		if text == "" {
			if p.required {
				wrong(p, "", "required "+p.in+" parameter is missing")
			}
			continue
		}
		list := strings.Split(text, ",")
		if p.explode {
			url := hc.URL()
			list = url.Query()[p.name]
		}
		value, err := setField(in.Elem().FieldByIndex(p.index), text, list)
		if err != nil {
			wrong(p, text, err.Error())
			continue
		}
		pb.Reset()
		pb.Push(p.in)
		pb.Push(p.name)
		huma.Validate(s.api.OpenAPI().Components.Schemas, p.schema, pb, huma.ModeWriteToServer, value, res)
	}
	if s.raw != nil {
		in.Elem().FieldByIndex(s.raw).SetBytes(body)
	}
	if s.body != nil && len(body) > 0 {
		s.readBody(hc, in.Elem().FieldByIndex(s.body), body, res)
	}
	return in.Interface(), res.Errors
}

// unknown tells of parameters that the operation does not have.
func (s *shape) unknown(hc huma.Context, wrong func(p param, value any, message string)) {
	url := hc.URL()
	for key := range url.Query() {
		known := false
		for _, p := range s.params {
			known = known || p.in == "query" && p.name == key
		}
		if !known {
			wrong(param{in: "query", name: key}, "", "unknown query parameter")
		}
	}
}

// given is a parameter as it was sent, or what it is when it was not.
func (p param) given(hc huma.Context) (text string) {
	switch p.in {
	case "path":
		text = hc.Param(p.name)
	case "query":
		text = hc.Query(p.name)
	default:
		text = hc.Header(p.name)
	}
	if text == "" {
		text = p.fallback
	}
	return text
}

// setField reads a parameter, or the list of its values, into a field, and gives it as huma.Validate takes it. Its errors are
// in huma's words: see plain.
func setField(f reflect.Value, text string, list []string) (any, error) {
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
		return text, nil
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, errors.New("invalid integer")
		}
		f.SetInt(n)
		return n, nil
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("invalid boolean")
		}
		f.SetBool(b)
		return b, nil
	case reflect.Slice: // of strings
		values := make([]any, len(list))
		f.Set(reflect.MakeSlice(f.Type(), len(list), len(list)))
		for i, one := range list {
			f.Index(i).SetString(one)
			values[i] = one
		}
		return values, nil
	}
	if at, ok := f.Addr().Interface().(*time.Time); ok {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, errors.New("invalid date/time for format " + time.RFC3339Nano)
		}
		*at = t
		return text, nil
	}
	panic(fmt.Sprintf("web: a parameter cannot be a %s", f.Type()))
}

// readBody reads a body into its field, with what its fields are when they are not given.
func (s *shape) readBody(hc huma.Context, into reflect.Value, body []byte, res *huma.ValidateResult) {
	contentType := hc.Header("Content-Type")
	if contentType == "" {
		contentType = "application/json"
	}
	if err := s.api.Unmarshal(contentType, body, into.Addr().Interface()); err != nil {
		var parsed any
		schema, told := hc.Operation().RequestBody.Content["application/json"].Schema, &huma.ValidateResult{}
		if s.api.Unmarshal(contentType, body, &parsed) == nil {
			huma.Validate(s.api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, parsed, told)
			if len(told.Errors) == 0 { // else huma has said what is wrong with it
				res.Errors = append(res.Errors, &huma.ErrorDetail{Location: "body", Message: err.Error()})
			}
		}
		return
	}
	fallBack(reflect.Indirect(into))
}

// fallBack sets the fields of a body that are not given to what they are then.
func fallBack(into reflect.Value) {
	if into.Kind() != reflect.Struct {
		return
	}
	for i := range into.NumField() {
		t, f := into.Type().Field(i), into.Field(i)
		if t.Anonymous {
			fallBack(reflect.Indirect(f))
		} else if text, ok := t.Tag.Lookup("default"); ok && f.IsZero() {
			if _, err := setField(f, text, nil); err != nil {
				panic(fmt.Sprintf("web: %s: %v", t.Name, err))
			}
		}
	}
}
