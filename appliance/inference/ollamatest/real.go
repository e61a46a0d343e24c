package ollamatest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"harmonium/appliance/egress"
)

// Import puts a model file into the real Ollama at base, under a name, and gives Ollama's digest of it.
// One thread computes the model: tiny ones would only wait for each other. Its prompts are the messages, a line each.
func Import(tb testing.TB, base, name, file string) (digest string) {
	tb.Helper()
	client := egress.New(egress.Options{}).Client()
	model, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	sum := sha256.Sum256(model)
	blob := "sha256:" + hex.EncodeToString(sum[:])
	create, err := json.Marshal(map[string]any{
		"model": name, "files": map[string]string{"model.gguf": blob}, "stream": false,
		"parameters": map[string]any{"num_thread": 1},
		"template":   "{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}",
	})
	if err != nil {
		tb.Fatal(err)
	}
	call := func(method, path string, body []byte) *http.Response {
		tb.Helper()
		req, err := http.NewRequestWithContext(tb.Context(), method, base+path, bytes.NewReader(body))
		if err != nil {
			tb.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { res.Body.Close() })
		if res.StatusCode >= 300 {
			tb.Fatalf("%s was answered with %d", path, res.StatusCode)
		}
		return res
	}
	call("POST", "/api/blobs/"+blob, model)
	call("POST", "/api/create", create)
	var tags struct {
		Models []struct{ Name, Digest string }
	}
	if err := json.NewDecoder(call("GET", "/api/tags", nil).Body).Decode(&tags); err != nil {
		tb.Fatal(err)
	}
	for _, m := range tags.Models {
		if m.Name == name || m.Name == name+":latest" {
			return m.Digest
		}
	}
	tb.Fatalf("Ollama has not taken up the model %s", name)
	return ""
}
