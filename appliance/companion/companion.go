// Package companion answers questions about conversations. Its first step, which needs no model, finds the passages that
// bear on a question (Evidence): consecutive turns, as many as a budget of words allows. What somebody may not see, and
// what may not be shown in results, is left out where the words are read (store.Evidence), so it is in no passage.
//
// Out of the passages a model answers (Answer) in sentences that name the turns they rest on. Each is checked as soon as
// it is whole, and only then stored and told: it cites turns that the model was given and has words in common with them,
// what it quotes stands there, it counts nobody. Without a model, or where none of its sentences passes, the passages
// themselves are the answer. A thread belongs to who asks. What an answer rests on is asked of the database at every look:
// what was erased, taken back or lost meanwhile is not shown any more.
package companion

import (
	"context"
	"log/slog"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// Companion finds what bears on questions. It is safe for concurrent use.
type Companion struct {
	store  *store.Store
	models *inference.Gateway
	hub    *live.Hub
	log    *slog.Logger

	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	works map[appliance.ThreadID]*work
	ended bool
}

// Options is what a Companion is made of. Evidence needs the store alone.
type Options struct {
	Store  *store.Store
	Models *inference.Gateway
	Hub    *live.Hub
	Log    *slog.Logger // never gets content
}

// New gives a Companion. Close must follow where questions are answered.
func New(o Options) *Companion {
	c := &Companion{store: o.Store, models: o.Models, hub: o.Hub, log: o.Log, works: map[appliance.ThreadID]*work{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

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

// Evidence gives the passages that bear on a question most, the best first, with at most q.Words words together. Where
// nothing of what it asks for stands in the conversations there is none. A question that names nothing in particular ("What are
// the main points?") gets what tells most of the conversation, or of the newest ones of the session or project.
// Where the box has an embedder, passages that are near in meaning are found too, also when they have none of the words.
// newest says that this was looked for only in the newest part of what there is (store.Evidence).
func (c *Companion) Evidence(ctx context.Context, q Query) (list []Passage, newest bool, err error) {
	ask := newQuestion(q.Question, method{})
	material, newest, err := c.store.Evidence(ctx, store.EvidenceQuery{Account: q.Caller, Conversation: q.Scope.Conversation,
		Session: q.Scope.Session, Project: q.Scope.Project, Words: ask.lookedFor(), Any: ask.asksForAll(),
		Meaning: c.meaning(ctx, q.Question)})
	if err != nil {
		return nil, false, err
	}
	return choose(ask, material, q.Words, method{}), newest, nil
}
