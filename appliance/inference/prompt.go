package inference

import (
	"fmt"
	"io/fs"

	"harmonium/appliance"
	"harmonium/appliance/prompt"
)

// Prompt is what a model is told to do, with the schema of its answer. Schemas have no bounds of lengths: a grammar that
// counts makes Ollama several times slower (measured: four times, with a model that says nothing sensible). Lengths are
// checked when the answer is there, and the number of its tokens bounds it.
type Prompt struct {
	*prompt.Template
	Schema *Schema
}

// LoadPrompt reads prompts/NAME.txt and prompts/NAME.schema.json. Files that cannot be read are a mistake in the
// program, and LoadPrompt panics.
func LoadPrompt(files fs.FS, name string) Prompt {
	return Prompt{prompt.Load(files, "prompts/"+name+".txt"), LoadSchema(files, name)}
}

// LoadSchema reads prompts/NAME.schema.json, with the same rule.
func LoadSchema(files fs.FS, name string) *Schema {
	text, err := fs.ReadFile(files, "prompts/"+name+".schema.json")
	if err != nil {
		panic(fmt.Sprintf("inference: %v", err))
	}
	schema, err := ParseSchema(text)
	if err != nil {
		panic(fmt.Sprintf("inference: %s: %v", name, err))
	}
	return schema
}

// Maker is what is stored with everything that a model makes of words with this version.
func (m Model) Maker(version string) appliance.Maker {
	return appliance.Maker{By: m.Name, ModelDigest: m.Digest, PromptVersion: version}
}
