// Package companion answers questions about conversations. Its first step, which needs no model, finds the passages that
// bear on a question (Evidence): consecutive turns, as many as a budget of words allows. What somebody may not see, and
// what may not be shown in results, is left out where the words are read (store.Evidence), so it is in no passage.
package companion

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// Companion finds what bears on questions. It is safe for concurrent use.
type Companion struct{ store *store.Store }

// Options is what a Companion is made of.
type Options struct{ Store *store.Store }

// New gives a Companion.
func New(o Options) *Companion { return &Companion{store: o.Store} }

// Scope is what a question is about: one conversation, a session or a project; zero is everything that the caller may see.
type Scope struct {
	Conversation appliance.ConversationID
	Session      appliance.SessionID
	Project      appliance.ProjectID
}

// Query is a question to be answered by passages.
type Query struct {
	Caller   appliance.AccountID // who asks: nothing is found that this account may not see
	Scope    Scope
	Question string
	Words    int // how many words all passages may have together, by CountWords
}

// Passage is consecutive turns of one conversation, as results may show them.
type Passage struct {
	Conversation appliance.ConversationID
	Session      appliance.SessionID
	Turns        []appliance.Turn // one after the other, without gaps
	Words        int              // of all turns, by CountWords
	Score        float64          // how much bears on the question; comparable within one answer only
}

// Evidence gives the passages that bear on a question most, the best first, with at most q.Words words together. Without a
// word that carries meaning in the question, or without any of them in the conversations, there is none, except that a
// question about one conversation as a whole gets what is most told in it.
func (c *Companion) Evidence(ctx context.Context, q Query) ([]Passage, error) {
	ask := newQuestion(q.Question, method{})
	material, err := c.store.Evidence(ctx, store.EvidenceQuery{Account: q.Caller, Conversation: q.Scope.Conversation,
		Session: q.Scope.Session, Project: q.Scope.Project, Words: ask.stems()})
	if err != nil {
		return nil, err
	}
	return choose(ask, material, q.Words, method{}), nil
}
