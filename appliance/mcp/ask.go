package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// How often it is looked whether the Companion has answered, and how long it is waited for.
const (
	lookEvery = 400 * time.Millisecond
	waitFor   = 4 * time.Minute
)

// thread is what is read of a thread of the Companion.
type thread struct {
	ID      string `json:"id"`
	Answers []struct {
		State string `json:"state"`
		Why   string `json:"why"`
		Parts []struct {
			Kind      string `json:"kind"`
			Text      string `json:"text"`
			Citations []struct {
				Participant string `json:"participant"`
				Topic       string `json:"topic"`
				Text        string `json:"text"`
			} `json:"citations"`
		} `json:"parts"`
	} `json:"answers"`
}

// companion asks a question in a new thread, or in one that is there, and waits for the answer.
func companion(ctx context.Context, send Send, given arguments) *sdk.CallToolResult {
	path, args := "/companion/threads", askArgs[:4]
	if _, further := given["thread_id"]; further {
		path, args = "/companion/threads/{thread_id}/questions", []arg{askArgs[0], askArgs[4]}
		for _, scope := range askArgs[1:4] {
			if _, both := given[scope.name]; both {
				return refused("A thread keeps what it is about: name thread_id alone, or begin a new thread. Nothing was asked.", nil)
			}
		}
	}
	waiting, cancel := context.WithTimeout(ctx, waitFor)
	defer cancel()
	a, err := ask(ctx, send, http.MethodPost, path, args, given)
	for {
		if err != nil {
			return failed(err)
		}
		if a.status >= http.StatusBadRequest {
			return refusedBy(a)
		}
		var h thread
		if err := json.Unmarshal(a.body, &h); err != nil || len(h.Answers) == 0 {
			return refused("The box answered something that this program does not understand.", nil)
		}
		if h.Answers[len(h.Answers)-1].State != "asked" {
			return said(h.words(), json.RawMessage(a.body))
		}
		select {
		case <-waiting.Done():
			if ctx.Err() != nil {
				return failed(ctx.Err())
			}
			return refused(fmt.Sprintf("The Companion has not answered yet. It goes on; GET /companion/threads/%s of the interface has its answer.", h.ID),
				json.RawMessage(a.body))
		case <-time.After(lookEvery):
		}
		id, _ := json.Marshal(h.ID)
		a, err = ask(ctx, send, http.MethodGet, "/companion/threads/{thread_id}", []arg{askArgs[4]}, arguments{"thread_id": id})
	}
}

// words tells the last answer with its sources.
func (h thread) words() string {
	var b strings.Builder
	answer := h.Answers[len(h.Answers)-1]
	for _, p := range answer.Parts {
		if p.Text != "" {
			b.WriteString(p.Text + "\n")
		}
		for _, c := range p.Citations {
			fmt.Fprintf(&b, "  “%s” (%s, %s)\n", c.Text, c.Participant, c.Topic)
		}
	}
	if len(answer.Parts) == 0 {
		b.WriteString("Nothing was found that bears on this question.\n")
	}
	if answer.Why != "" {
		b.WriteString(answer.Why + "\n")
	}
	return b.String() + "Thread " + h.ID
}
