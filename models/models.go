// Package models knows the local AI models of a box: which ones do well what Harmonium needs (the catalogue), what a
// model's file says about it (GGUF), and the folder in which Ollama finds them. It imports models into that folder as
// files, packs them for another box, checks and removes them, without Ollama and without a network. It holds no weights.
package models

import (
	_ "embed"
	"encoding/json"
	"slices"

	"harmonium/appliance"
)

// Model is one model of the catalogue.
type Model struct {
	Name         string                `json:"name"`         // with its tag, as Ollama names it
	Roles        []appliance.ModelRole `json:"roles"`        // what it is good at
	Parameters   string                `json:"parameters"`   // numbers that were learnt: "4.3B"
	Quantization string                `json:"quantization"` // how they are stored: "Q4_K_M"
	SizeMB       int                   `json:"size_mb"`
	MemoryMB     int                   `json:"memory_mb"` // that it needs while it works, with the context that Harmonium asks for
	License      string                `json:"license"`
	Embeds       bool                  `json:"embeds"`           // it turns text into vectors
	Hears        bool                  `json:"hears"`            // it takes sound
	SHA256       string                `json:"sha256,omitempty"` // of its weights; "" where it is not known for certain
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

// Roles says what a model can be chosen for: what the catalogue says; where it does not know the model, vectors if its
// name says that it embeds, and else all that is done with words.
func Roles(name string) []appliance.ModelRole {
	if known, ok := Find(name); ok {
		return known.Roles
	}
	if namesEmbedder(name) {
		return []appliance.ModelRole{appliance.ModelEmbedder}
	}
	return []appliance.ModelRole{appliance.ModelFacilitator, appliance.ModelAnalyst, appliance.ModelCompanion}
}

// Default gives the model of those installed, by their names, that does the work of a role where none is chosen: the
// first of the catalogue, else the first that the catalogue does not know, as installed gives them; "" for none. What
// needs a special model is never given to one of which nothing says that it is.
func Default(role appliance.ModelRole, installed []string) string {
	known := Catalogue()
	for _, m := range known {
		if slices.Contains(m.Roles, role) && slices.Contains(installed, m.Name) {
			return m.Name
		}
	}
	for _, name := range installed {
		if slices.Contains(Roles(name), role) && !slices.ContainsFunc(known, func(m Model) bool { return m.Name == name }) {
			return name
		}
	}
	return ""
}

// Lost lists the roles that would have no model any more when one of those installed were removed: it does their work
// now, and it is the one that was chosen for it, or no other can do it.
func Lost(name string, installed []string, choice appliance.ModelChoice) []appliance.ModelRole {
	rest := slices.DeleteFunc(slices.Clone(installed), func(n string) bool { return n == name })
	var lost []appliance.ModelRole
	for _, role := range appliance.ModelRoles() {
		chosen := choice[role]
		if chosen == name || chosen == "" && Default(role, installed) == name && Default(role, rest) == "" {
			lost = append(lost, role)
		}
	}
	return lost
}
