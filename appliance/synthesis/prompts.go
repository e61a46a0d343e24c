package synthesis

import (
	"embed"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

//go:embed prompts
var promptFiles embed.FS

// asking is a prompt with the schema of its answer. The schemas have no bounds of lengths: a grammar that counts makes
// Ollama several times slower (measured: four times, with a model that says nothing sensible). Lengths are checked when
// the answer is there, and the number of its tokens bounds it.
type asking struct {
	*prompt.Template
	schema *inference.Schema
}

// The prompts of this package.
var (
	claimsPrompt = sync.OnceValue(func() asking { return loadAsking("claims") })
	reportPrompt = sync.OnceValue(func() asking { return loadAsking("report") })
)

func loadAsking(name string) asking {
	text, err := promptFiles.ReadFile("prompts/" + name + ".schema.json")
	if err != nil {
		panic(err) // embedded
	}
	schema, err := inference.ParseSchema(text)
	if err != nil {
		panic(err) // a test reads it
	}
	return asking{prompt.Load(promptFiles, "prompts/"+name+".txt"), schema}
}

// ask renders the prompt as one message for the analyst.
func (a asking) ask(owner string, choice appliance.ModelChoice, data any, tokens int) inference.Request {
	return inference.Request{
		Role: appliance.ModelAnalyst, Choice: choice, Lane: inference.Background, Owner: owner, MaxTokens: tokens,
		Messages: []inference.Message{{Role: "user", Content: a.Render(data)}},
	}
}

// inEnglish names a language as prompts do.
func inEnglish(l appliance.Language) string {
	switch l {
	case appliance.German:
		return "German"
	case appliance.English:
		return "English"
	}
	return "the language of the interview"
}
