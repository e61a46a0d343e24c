package appliance

import "slices"

// ModelRole is a kind of work that is given to a model. Each role can have a model of its own.
type ModelRole string

// The roles.
const (
	ModelFacilitator ModelRole = "facilitator" // speaks in conversations
	ModelAnalyst     ModelRole = "analyst"     // drafts guides, draws claims, writes reports
	ModelCompanion   ModelRole = "companion"   // answers questions about conversations
	ModelTranscriber ModelRole = "transcriber" // writes down what is heard
	ModelEmbedder    ModelRole = "embedder"    // turns text into vectors for search
)

// ModelRoles lists all roles in the order in which they are shown.
func ModelRoles() []ModelRole {
	return []ModelRole{ModelFacilitator, ModelAnalyst, ModelCompanion, ModelTranscriber, ModelEmbedder}
}

// ModelChoice says which model does which work, by name with its tag. A role that is not in it is not chosen here: the
// choice of a session goes before that of its project, that before the box's, and that before the catalogue's.
type ModelChoice map[ModelRole]string

// Over gives what is chosen when c is asked first, then others in their order.
func (c ModelChoice) Over(others ...ModelChoice) ModelChoice {
	var merged ModelChoice
	for _, role := range ModelRoles() {
		for _, choice := range append([]ModelChoice{c}, others...) {
			if name := choice[role]; name != "" {
				if merged == nil {
					merged = ModelChoice{}
				}
				merged[role] = name
				break
			}
		}
	}
	return merged
}

// Clean is c without the roles for which nothing is chosen; nil when that is all of them.
func (c ModelChoice) Clean() ModelChoice { return c.Over() }

// Check adds what is wrong with a choice to p, each problem at field.role.
func (c ModelChoice) Check(p *Problems, field string) {
	for role, name := range c {
		if !slices.Contains(ModelRoles(), role) {
			p.Add(field, "The roles of models are facilitator, analyst, companion, transcriber and embedder.")
			return
		}
		CheckLine(p, field+"."+string(role), name, MaxModelName, false)
	}
}

// MaxModelName bounds the name of a model, in characters.
const MaxModelName = 200
