// Package models knows local AI models that do well what Harmonium needs: which to use for which work where nobody has
// chosen, how large they are and under which licence. It holds no weights.
package models

import (
	_ "embed"
	"encoding/json"
	"slices"

	"harmonium/appliance"
)

// Model is one model of the catalogue.
type Model struct {
	Name     string                `json:"name"`  // with its tag, as Ollama names it
	Roles    []appliance.ModelRole `json:"roles"` // what it is good at
	SizeMB   int                   `json:"size_mb"`
	MemoryMB int                   `json:"memory_mb"` // that it needs while it works, with the context that Harmonium asks for
	License  string                `json:"license"`
}

//go:embed catalogue.json
var catalogue []byte

// Catalogue lists the known models, for each role the preferred one first.
func Catalogue() []Model {
	var list []Model
	if err := json.Unmarshal(catalogue, &list); err != nil {
		panic(err) // a test reads it
	}
	return list
}

// Find gives what is known of a model, by its name with its tag.
func Find(name string) (Model, bool) {
	for _, m := range Catalogue() {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}

// Default gives the model of those installed, by their names, that does the work of a role where none is chosen: the
// first of the catalogue, else the first that the catalogue does not know, as installed gives them; "" for none. What
// needs a special model is never given to an unknown one.
func Default(role appliance.ModelRole, installed []string) string {
	known := Catalogue()
	for _, m := range known {
		if slices.Contains(m.Roles, role) && slices.Contains(installed, m.Name) {
			return m.Name
		}
	}
	if role == appliance.ModelEmbedder || role == appliance.ModelTranscriber {
		return ""
	}
	for _, name := range installed {
		if !slices.ContainsFunc(known, func(m Model) bool { return m.Name == name }) {
			return name
		}
	}
	return ""
}
