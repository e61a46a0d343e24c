package inference

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is a JSON schema of answers. Small models keep to flat and small ones.
type Schema struct {
	text     json.RawMessage
	resolved *jsonschema.Resolved
}

// ParseSchema reads a JSON schema. What Ollama turns into a grammar is a part of the language: types, properties,
// required, enum, items, and the bounds of lengths and numbers.
func ParseSchema(text []byte) (*Schema, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read a schema: %w", err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("resolve a schema: %w", err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("read a schema: %w", err)
	}
	return &Schema{text: compact.Bytes(), resolved: resolved}, nil
}

// Text is the schema as it is given to a model.
func (s *Schema) Text() string { return string(s.text) }

// JSON is the schema as the Format of a request.
func (s *Schema) JSON() json.RawMessage { return s.text }

// read checks an answer against the schema and puts it into into.
func (s *Schema) read(answer string, into any) error {
	d := json.NewDecoder(bytes.NewBufferString(answer))
	var value any
	if err := d.Decode(&value); err != nil {
		return errors.New("not JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("more than one JSON value")
	}
	if err := s.resolved.Validate(value); err != nil {
		return errors.New("not of the schema") // the reason would name what the model wrote
	}
	// What an earlier answer left there would show through where this one says nothing.
	reflect.ValueOf(into).Elem().SetZero()
	if err := json.Unmarshal([]byte(answer), into); err != nil {
		return errors.New("not of the type")
	}
	return nil
}

// Ask asks for an answer by schema and puts it into into, a pointer. Ollama keeps to the schema while it writes; the
// answer is checked again all the same. check, which may be nil, checks what a schema cannot say. An answer that is cut
// off or does not pass is asked for once more; then Ask fails with Malformed or CutOff and into holds nothing of use.
func (g *Gateway) Ask(ctx context.Context, r Request, schema *Schema, into any, check func() error) (Answer, error) {
	r.Format = schema.text
	for again := false; ; again = true {
		a, err := g.Chat(ctx, r, nil)
		if err == nil {
			if err = schema.read(a.Text, into); err == nil && check != nil {
				err = check()
			}
			if err == nil {
				return a, nil
			}
			err = &Failure{Kind: Malformed, Err: err}
		} else if KindOf(err) != CutOff {
			return a, err
		}
		if again {
			return a, err
		}
	}
}
