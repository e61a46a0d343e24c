package web_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of this package anew")

// descriptionFile is the OpenAPI document from which the types of the web apps are made.
var descriptionFile = filepath.Join("testdata", "openapi.json")

func TestTheDescriptionIsTheGoldenOne(t *testing.T) {
	d := newDesk(t)
	var got bytes.Buffer
	var doc map[string]any
	d.get("", "GET", "/api/v1/openapi.json", nil, 200, &doc)
	withoutExamples(doc)
	enc := json.NewEncoder(&got)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(descriptionFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the interface is described in another way than before; if that is meant, run make golden "+
			"(-before +now):\n%s", diff)
	}
}

// withoutExamples takes the examples of bodies away, which are made from the rest.
func withoutExamples(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["schema"] != nil {
			delete(v, "example")
		}
		for _, inner := range v {
			withoutExamples(inner)
		}
	case []any:
		for _, inner := range v {
			withoutExamples(inner)
		}
	}
}

func TestEveryOperationHasAnExample(t *testing.T) {
	d := newDesk(t)
	var doc struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody struct {
				Content map[string]described `json:"content"`
			} `json:"requestBody"`
			Responses map[string]struct {
				Content map[string]described `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	d.get("", "GET", "/api/v1/openapi.json", nil, 200, &doc)
	check := func(where string, content map[string]described) (bodies int) {
		t.Helper()
		for kind, b := range content {
			if b.Example == nil && b.Schema.Format != "binary" { // bytes that are no text cannot be written down
				t.Errorf("%s has no example of %s", where, kind)
			}
			bodies++
		}
		return bodies
	}
	n := 0
	for _, methods := range doc.Paths {
		for _, op := range methods {
			n += check(op.OperationID+", sent", op.RequestBody.Content)
			for status, r := range op.Responses {
				if status < "300" {
					n += check(op.OperationID+", answered", r.Content)
				}
			}
		}
	}
	if n < 200 {
		t.Errorf("%d examples, want one for every operation", n)
	}
}

// described is a body in the description.
type described struct {
	Schema  struct{ Format string }
	Example any `json:"example"`
}

// Clients are told of errors in the form in which they come.
func TestErrorsAreDescribedAsTheyAre(t *testing.T) {
	d := newDesk(t)
	var doc struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
		Paths map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					} `json:"schema"`
				} `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	d.get("", "GET", "/api/v1/openapi.json", nil, 200, &doc)
	if doc.Components.Schemas["Problem"] == nil || doc.Components.Schemas["ErrorModel"] != nil {
		t.Error("the description knows another form of errors")
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			for status, answer := range op.Responses {
				for kind, content := range answer.Content {
					if status >= "400" && (kind != "application/json" || content.Schema.Ref != "#/components/schemas/Problem") {
						t.Errorf("%s %s: %s is described as %s, %s", method, path, status, kind, content.Schema.Ref)
					}
				}
			}
		}
	}
}
