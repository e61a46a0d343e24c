package synthesis

import (
	"embed"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
)

//go:embed prompts
var promptFiles embed.FS

// The prompts of this package.
var (
	claimsPrompt  = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "claims") })
	themesPrompt  = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "themes") })
	placesPrompt  = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "places") })
	minutesPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "minutes") })
	reportPrompt  = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "report") })
)

// forAnalyst makes a prompt that was rendered a request to the analyst.
func forAnalyst(owner string, choice appliance.ModelChoice, content string, tokens int) inference.Request {
	return inference.Request{
		Role: appliance.ModelAnalyst, Choice: choice, Lane: inference.Background, Owner: owner, MaxTokens: tokens,
		Messages: []inference.Message{{Role: "user", Content: content}},
	}
}
