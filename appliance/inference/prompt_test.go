package inference_test

import (
	"testing"
	"testing/fstest"

	"harmonium/appliance/inference"
)

func TestAPromptComesWithTheSchemaOfItsAnswer(t *testing.T) {
	files := fstest.MapFS{
		"prompts/ask.txt":         {Data: []byte("version: ask-3\nAnswer by {{.Schema}}.")},
		"prompts/ask.schema.json": {Data: []byte(`{ "type": "object" }`)},
	}
	p := inference.LoadPrompt(files, "ask")
	if got, want := p.Render(map[string]string{"Schema": p.Schema.Text()}), `Answer by {"type":"object"}.`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m := inference.Model{Name: "small:1b", Digest: "abc"}.Maker(p.Version())
	if m.By != "small:1b" || m.ModelDigest != "abc" || m.PromptVersion != "ask-3" || !m.Model() {
		t.Errorf("maker %+v", m)
	}
}

func TestAPromptWithoutASchemaThatCanBeReadIsAMistake(t *testing.T) {
	for name, schema := range map[string]string{"none": "", "no JSON": "{", "no schema": `{"type": 7}`} {
		files := fstest.MapFS{"prompts/ask.txt": {Data: []byte("version: ask-3\nAsk.")}}
		if schema != "" {
			files["prompts/ask.schema.json"] = &fstest.MapFile{Data: []byte(schema)}
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			inference.LoadPrompt(files, "ask")
		}()
	}
}
