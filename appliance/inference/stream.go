package inference

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/ollama/ollama/api"
)

// The bounds of what is read of an answer that streams.
const (
	lineAtFirst = 4 << 10 // bytes set aside for a line, which mostly holds one token
	maxLine     = 1 << 20
	maxRefusal  = 64 << 10 // bytes read of a refusal
)

// stream sends a chat and hands over each line of the answer as it comes; an error of fn ends it and is returned.
//
// It takes the place of api.Client.Chat, which sets aside 8 MB for each answer (v0.17.4; clearing them took three
// quarters of the processor at 100 conversations), and which takes a connection that broke for the end of the answer.
func (g *Gateway) stream(ctx context.Context, base string, chat *api.ChatRequest, fn func(api.ChatResponse) error) error {
	body, err := json.Marshal(chat)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/api/chat", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := g.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		refusal := api.StatusError{StatusCode: response.StatusCode}
		text, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
		if err == nil && json.Unmarshal(text, &refusal) != nil {
			refusal.ErrorMessage = ""
		}
		return refusal
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 0, lineAtFirst), maxLine)
	for lines.Scan() {
		var line struct {
			api.ChatResponse
			Error string `json:"error"`
		}
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case err != nil:
			return errors.New("a line of the answer is not JSON")
		case line.Error != "":
			return errors.New("the answer ended with an error")
		}
		if err := fn(line.ChatResponse); err != nil {
			return err
		}
	}
	return lines.Err()
}
