package inference

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/ollama/ollama/api"
)

// Context is the number of tokens for prompt and answer together that every request asks for, where a model has as
// many. It never changes between requests: Ollama would load the model anew.
const Context = 8192

// messageTokens is more than the marks around a message take in any template.
const messageTokens = 12

// startDensity is how many bytes of a prompt are taken for one token before the first answer has told: prose has four
// and more in most vocabularies, names and numbers fewer.
const startDensity = 3.0

// Tokens is about how many tokens a text of so many bytes has, for whoever has no model to ask.
func Tokens(bytes int) int { return int(math.Ceil(float64(bytes) / startDensity)) }

// details is what has to be known of a model before it is asked.
type details struct {
	model    string
	context  int // tokens
	overhead int // tokens that its template adds at most
	hears    bool
}

// details asks Ollama about a model once; its digest names it, so nothing can change.
func (g *Gateway) details(ctx context.Context, m Model) (details, error) {
	g.mu.Lock()
	d, known := g.shown[m.known()]
	ollama := g.ollama
	g.mu.Unlock()
	if known {
		return d, nil
	}
	if ollama == nil {
		return d, &Failure{Kind: Off}
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	shown, err := ollama.Show(ctx, &api.ShowRequest{Model: m.Name})
	if err != nil {
		return d, err
	}
	if shown.RemoteHost != "" || shown.RemoteModel != "" {
		return d, &Failure{Kind: Remote}
	}
	d = details{model: m.Name, context: Context, hears: slices.Contains(shown.Capabilities, audio)}
	for key, value := range shown.ModelInfo {
		if n, ok := value.(float64); ok && strings.HasSuffix(key, ".context_length") && n > 0 {
			d.context = min(d.context, int(n))
		}
	}
	d.overhead = len(shown.System)/int(startDensity) + messageTokens
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown[m.known()] = d
	return d, nil
}

// audio is the capability of models that take sound; the version of Ollama's client that is used here has no name for it.
const audio = "audio"

// known is under what the details of a model are kept.
func (m Model) known() Model {
	m.Hears = false
	return m
}

// hearing gives models with whether they take sound. One of which Ollama does not say it in time is deaf until it does.
func (g *Gateway) hearing(ctx context.Context, list []Model) []Model {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(g.timing.Reply, probeTimeout))
	defer cancel()
	for i, m := range list {
		if d, err := g.details(ctx, m); err == nil {
			list[i].Hears = d.hears
		}
	}
	return list
}

// request is what is sent to Ollama. What is not said here Ollama would choose by itself, and choose wrong: it cuts
// prompts silently, thinks aloud, and forgets the beginning of long answers.
func (d details) request(r Request) *api.ChatRequest {
	no, think := false, api.ThinkValue{Value: false}
	req := &api.ChatRequest{
		Model: d.model, Format: r.Format, KeepAlive: &api.Duration{Duration: keepAlive},
		Truncate: &no, Shift: &no, Think: &think,
		Options: map[string]any{"num_ctx": d.context, "num_predict": r.MaxTokens, "temperature": r.Temperature},
	}
	for _, m := range r.Messages {
		req.Messages = append(req.Messages, m.wire())
	}
	return req
}

// wire is the message as Ollama takes it: sound goes where pictures go.
func (m Message) wire() api.Message {
	out := api.Message{Role: m.Role, Content: m.Content}
	if len(m.Sound) > 0 {
		out.Images = []api.ImageData{api.ImageData(m.Sound)}
	}
	return out
}

// soundTokens is more than the tokens that the models of today make of a second of sound (gemma4: 25).
const soundTokens = 40

// soundBytes is a second of sound.
const soundBytes = 16_000 * 2

// tokens is how many tokens a message has at most, as far as it is known.
func (g *Gateway) tokens(m Model, msg Message) int {
	return g.estimate(m, msg.Content) + messageTokens + len(msg.Sound)*soundTokens/soundBytes
}

// hasSound says whether a request is about sound: it tells nothing of how words are read.
func hasSound(messages []Message) bool {
	return slices.ContainsFunc(messages, func(m Message) bool { return len(m.Sound) > 0 })
}

// Fits says how many bytes of text a prompt for a model can have beside an answer of so many tokens, as far as it is
// known; and 0 when nothing fits.
func (g *Gateway) Fits(ctx context.Context, m Model, answer int) (int, error) {
	d, err := g.details(ctx, m)
	if err != nil {
		return 0, failureOf(err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	room := d.context - answer - d.overhead - 8*messageTokens
	return max(0, int(float64(room)*g.bytesPerToken(m))), nil
}

// estimate is how many tokens a text has at most, as far as it is known.
func (g *Gateway) estimate(m Model, text string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(float64(len(text))/g.bytesPerToken(m)) + 1
}

// bytesPerToken is the density of prompts for a model. g.mu is held.
func (g *Gateway) bytesPerToken(m Model) float64 {
	if d := g.density[m.Digest]; d > 0 {
		return d
	}
	return startDensity
}

// learn compares the estimate for a prompt with the tokens that it had. A prompt that was denser counts at once, ones
// that were lighter only by and by.
func (g *Gateway) learn(m Model, messages []Message, tokens int) {
	bytes := 0
	for _, msg := range messages {
		bytes += len(msg.Content)
	}
	if tokens <= 0 || bytes < 200 || hasSound(messages) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := float64(bytes) / float64(tokens)
	if before := g.bytesPerToken(m); seen < before {
		g.density[m.Digest] = seen
	} else {
		g.density[m.Digest] = min(average(before, seen), 2*startDensity)
	}
}

// tooLong notes that Ollama refused a prompt of which it was thought that it fits.
func (g *Gateway) tooLong(m Model) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.density[m.Digest] = max(0.5, g.bytesPerToken(m)*0.7)
}
