package web

import (
	"errors"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// To huma every operation answers with a stream (see handle): it makes a function of some 20 kB for each pair of types
// of input and output, and of one output there are far fewer pairs. What an answer holds is described and written here
// instead, by the fields of its type: Body, Status where an operation has more than one, and those that are headers.

// describeAnswer tells the description of the interface what an operation answers with: the fields of type t.
func (r router) describeAnswer(op *huma.Operation, t reflect.Type) {
	body, has := t.FieldByName("Body")
	if op.DefaultStatus == 0 {
		op.DefaultStatus = http.StatusOK
		if !has {
			op.DefaultStatus = http.StatusNoContent
		}
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	status := strconv.Itoa(op.DefaultStatus)
	if op.Responses[status] == nil {
		op.Responses[status] = &huma.Response{Description: http.StatusText(op.DefaultStatus)}
	}
	response := op.Responses[status]
	if !has || body.Type.Kind() == reflect.Func || response.Content != nil {
		return
	}
	schema := r.huma.OpenAPI().Components.Schemas.Schema(body.Type, true, op.OperationID+"Response")
	response.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

// answer makes what an operation gave into what huma sends. out is a pointer to a struct, which may be nil.
func (r router) answer(out any) *huma.StreamResponse {
	if stream, ok := out.(*huma.StreamResponse); ok {
		return stream
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) { r.write(hc, reflect.ValueOf(out)) }}
}

// write sends the fields of an answer. Text and files ([]byte) go out as they are, everything else as JSON.
func (r router) write(hc huma.Context, out reflect.Value) {
	hc.SetHeader("Content-Type", "application/json")
	status := hc.Operation().DefaultStatus
	var body any
	if !out.IsNil() {
		out = out.Elem()
		for i := range out.NumField() {
			f, value := out.Type().Field(i), out.Field(i).Interface()
			if f.Name == "Body" {
				body = value
			} else if f.Name == "Status" {
				status = value.(int)
			} else if name := f.Tag.Get("header"); name != "" {
				setHeader(hc, name, value)
			}
		}
	}
	hc.SetStatus(status)
	if status == http.StatusNoContent {
		return
	}
	if raw, ok := body.([]byte); ok {
		_, _ = hc.BodyWriter().Write(raw) // a client that went away is told nothing
		return
	}
	err := r.huma.Marshal(hc.BodyWriter(), "application/json", body)
	if err != nil && hc.Context().Err() == nil && !errors.Is(err, errEnded) { // nobody waits any more when the client has gone
		panic(err)
	}
}

func setHeader(hc huma.Context, name string, value any) {
	switch v := value.(type) {
	case string:
		if v != "" {
			hc.SetHeader(name, v)
		}
	case http.Cookie:
		hc.AppendHeader(name, v.String())
	}
}
