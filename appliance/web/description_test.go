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
	if err := json.Indent(&got, d.send("", "GET", "/api/v1/openapi.json", nil).Body.Bytes(), "", " "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
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
