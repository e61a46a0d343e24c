package inference

import (
	"context"
	"errors"
	"math"

	"github.com/ollama/ollama/api"

	"harmonium/appliance"
)

// Embedder gives the model that turns text into vectors; a Failure when the box has none or it cannot be asked now.
func (g *Gateway) Embedder() (Model, error) { return g.Model(appliance.ModelEmbedder, nil) }

// Embed has the embedder turn texts into vectors of length 1, one for each, in turn with the other requests. It fails as Chat
// does, and with Malformed when the answer is no such vectors. A model that failed here is not held to be in trouble: what tries
// models out talks with them, which an embedder cannot.
func (g *Gateway) Embed(ctx context.Context, w Work, texts []string) (vectors [][]float32, by Model, err error) {
	if by, err = g.Embedder(); err != nil {
		return nil, by, err
	}
	g.mu.Lock()
	ollama := g.ollama
	g.mu.Unlock()
	if ollama == nil {
		return nil, by, &Failure{Kind: Off}
	}
	err = g.Beside(ctx, w, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeoutCause(ctx, g.timing.Load+g.timing.FirstToken, &Failure{Kind: Stalled})
		defer cancel()
		truncate := true // a passage that is too long for the model is told by its beginning
		answer, err := ollama.Embed(ctx, &api.EmbedRequest{Model: by.Name, Input: texts, Truncate: &truncate,
			KeepAlive: &api.Duration{Duration: keepAlive}})
		var stalled *Failure
		switch {
		case errors.As(context.Cause(ctx), &stalled):
			return stalled
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return failureOf(err)
		}
		vectors, err = unit(answer.Embeddings, len(texts))
		return err
	})
	return vectors, by, err
}

// unit checks n vectors and gives them the length 1.
func unit(list [][]float32, n int) ([][]float32, error) {
	if len(list) != n {
		return nil, &Failure{Kind: Malformed}
	}
	for _, v := range list {
		sum := 0.0
		for _, x := range v {
			sum += float64(x) * float64(x)
		}
		length := math.Sqrt(sum)
		if len(v) != len(list[0]) || length == 0 || math.IsNaN(length) || math.IsInf(length, 0) {
			return nil, &Failure{Kind: Malformed}
		}
		for i := range v {
			v[i] = float32(float64(v[i]) / length)
		}
	}
	return list, nil
}
