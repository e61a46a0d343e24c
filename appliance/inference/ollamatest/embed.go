package ollamatest

import (
	"encoding/json"
	"net/http"
)

// Embeds says which vector each text is given. Until it does, and when it gives none, the fake refuses to make any.
func (f *Fake) Embeds(by func(text string) []float32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.embeds = by
}

func (f *Fake) embed(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Model string
		Input []string
	}
	f.mu.Lock()
	by := f.embeds
	f.mu.Unlock()
	if json.NewDecoder(r.Body).Decode(&asked) != nil || by == nil {
		refuse(w, http.StatusBadRequest, "this model does not support embeddings")
		return
	}
	vectors := make([][]float32, len(asked.Input))
	for i, text := range asked.Input {
		vectors[i] = by(text)
	}
	reply(w, map[string]any{"model": asked.Model, "embeddings": vectors})
}
