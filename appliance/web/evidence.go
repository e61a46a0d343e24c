package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/companion"
)

// EvidenceRequest asks for the passages that bear on a question, in one conversation, session or project, or in everything
// that the caller may see.
type EvidenceRequest struct {
	Question       string                   `json:"question" maxLength:"2000"`
	ConversationID appliance.ConversationID `json:"conversation_id,omitempty"`
	SessionID      appliance.SessionID      `json:"session_id,omitempty"`
	ProjectID      appliance.ProjectID      `json:"project_id,omitempty" doc:"At most one of the three; without any, everything one may see"`
	BudgetWords    int                      `json:"budget_words" minimum:"1" maximum:"1000000" doc:"All passages together have at most so many words"`
}

// Evidence is what bears on a question, the best first.
type Evidence struct {
	Passages   []EvidencePassage `json:"passages"`
	NewestOnly bool              `json:"newest_only" doc:"There is so much that only the newest part of it was looked at: of the turns with a very common word, or of the conversations where the question asks for nothing in particular"`
}

// EvidencePassage is consecutive turns of one conversation.
type EvidencePassage struct {
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Sequences      []int                    `json:"sequences" doc:"Numbers of the turns in their conversation, from 0, ascending without gaps"`
	Words          int                      `json:"words"`
}

// findEvidence gives the passages that bear on a question. It needs no model.
func (a *API) findEvidence(ctx context.Context, in *Input[EvidenceRequest]) (*Output[Evidence], error) {
	r := in.Body
	var p appliance.Problems
	appliance.CheckText(&p, "question", r.Question, 2000, true)
	named := 0
	for _, id := range []string{string(r.ConversationID), string(r.SessionID), string(r.ProjectID)} {
		if id != "" {
			named++
		}
	}
	if named > 1 {
		p.Add("conversation_id", "Please name one of conversation_id, session_id and project_id, or none.")
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	list, newest, err := a.Companion.Evidence(ctx, companion.Query{Caller: callerOf(ctx).Account.ID, Question: r.Question, Words: r.BudgetWords,
		Scope: companion.Scope{Conversation: r.ConversationID, Session: r.SessionID, Project: r.ProjectID}})
	if err != nil {
		return nil, err
	}
	out := Evidence{Passages: make([]EvidencePassage, len(list)), NewestOnly: newest}
	for i, found := range list {
		e := EvidencePassage{ConversationID: found.Conversation, Words: found.Words}
		for _, t := range found.Turns {
			e.Sequences = append(e.Sequences, t.Seq)
		}
		out.Passages[i] = e
	}
	return &Output[Evidence]{out}, nil
}
