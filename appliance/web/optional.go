package web

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Optional is a field of a patch that may be left out, which leaves things as they are, or be null, which empties them.
type Optional[T any] struct {
	Given bool
	Value T // the zero value for null
}

// UnmarshalJSON reads the value of a field that was sent.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	*o = Optional[T]{Given: true}
	if string(data) == "null" {
		return nil
	}
	return json.Unmarshal(data, &o.Value)
}

// MarshalJSON writes the value, null for one that is empty.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if reflect.ValueOf(&o.Value).Elem().IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// Schema describes the field as its value, or null.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	if s.Ref != "" {
		s = *huma.SchemaFromType(r, reflect.TypeFor[T]()) // what is referred to cannot be null, what stands here can
	}
	s.Nullable = s.OneOf == nil // one of several says itself whether it can be null
	return &s
}

// apply changes what the patch names.
func (o Optional[T]) apply(field *T) {
	if o.Given {
		*field = o.Value
	}
}
