package inference_test

import (
	"encoding/json"
	"testing"

	"github.com/ollama/ollama/api"

	"harmonium/appliance/inference"
)

// However a line of an answer is read, it means what Ollama's own reader takes it for.
func FuzzLinesOfAnAnswer(f *testing.F) {
	const head = `{"model":"m:1b","created_at":"2026-11-23T12:00:00Z","message":{"role":"assistant","content":"`
	for _, s := range []string{
		head + ` word"},"done":false}` + "\n", head + `"},"done":false}`, head + ` wörd\n"},"done":false}`, head + `\u00e9"},"done":false}`,
		head + "a\xffb\"},\"done\":false}", head + "a\nb\"},\"done\":false}", head + `a"},"done":true,"done_reason":"stop","eval_count":3}`,
		head + `a"},"done":false,"remote_host":"x"}`, head + `a"},"done":false,"error":"x"}`, head + `a","thinking":"b"},"done":false}`,
		head + `a"},"done":false} `, head + `a"},"done":false}}`, head, `{"model":"","remote_model":"x","message":{"content":"a"}}`, `{}`, "", "\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want struct {
			api.ChatResponse
			Error string `json:"error"`
		}
		invalid := json.Unmarshal(text, &want)
		token, only, err := inference.ReadLine(text)
		if err == nil && invalid == nil && token != want.Message.Content {
			t.Fatalf("%q: token %q, want %q", text, token, want.Message.Content)
		}
		if err == nil && !json.Valid(text) {
			t.Fatalf("%q is not JSON", text)
		}
		if err != nil && invalid == nil {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil && only && (want.Done || want.Error != "" || want.RemoteHost != "" || want.RemoteModel != "") {
			t.Fatalf("%q holds more than a token", text)
		}
	})
}
