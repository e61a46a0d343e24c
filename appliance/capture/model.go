package capture

import (
	"context"
	"embed"
	"fmt"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

//go:embed prompts
var prompts embed.FS

// model is a model of Ollama that hears. It is sent a piece as a WAV file beside the words of the prompt, which is how
// Ollama takes sound from version 0.20 on.
type model struct {
	gateway *inference.Gateway
	choice  appliance.ModelChoice
	name    string
}

// By is the name of the model.
func (m model) By() string { return m.name }

// Speech has fewer than so many tokens a second in any language that models know, and a text has some to begin with.
const (
	tokensPerSecond = 24
	tokensAtFirst   = 64
)

// Hear asks the model. What it is told comes from the prompt alone: a recording cannot give orders that the checks of
// Write would not see.
func (m model) Hear(ctx context.Context, p Piece) (Heard, error) {
	t := prompt.Load(prompts, "prompts/transcribe.txt")
	r := inference.Request{Role: appliance.ModelTranscriber, Choice: m.choice, Lane: p.Lane, Owner: p.Owner, Waiting: p.Waiting,
		MaxTokens: tokensAtFirst + int(tokensPerSecond*p.Sound.Duration()/time.Second),
		// A recording that a model cannot make out says nothing of how it leads conversations.
		Aside: true,
		Messages: []inference.Message{{Role: "user", Sound: string(p.Sound.WAV()), Content: t.Render(map[string]string{
			"Language": prompt.Language(p.Language), "Words": strings.Join(p.Words, ", ")})}}}
	if p.Again {
		r.Temperature = 0.4
	}
	a, err := m.gateway.Chat(ctx, r, nil)
	switch kind := inference.KindOf(err); {
	case err == nil:
		return Heard{Text: tidy(a.Text), Maker: appliance.Maker{By: a.Model.Name, ModelDigest: a.Model.Digest,
			PromptVersion: t.Version()}}, nil
	case kind == inference.CutOff || kind == inference.Malformed || kind == inference.TooLong:
		return Heard{}, fmt.Errorf("%w: %w", ErrUnclear, err)
	case kind != "":
		return Heard{}, fmt.Errorf("%w: %w", ErrAway, err)
	}
	return Heard{}, err
}
