package facilitation

import (
	"context"
	"strings"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// What a prompt holds of the background of a session, in bytes. The context of a model must have room for the guide and
// the conversation beside it.
const (
	MaxTold   = 6_000 // in the system message, which stays the same for all conversations
	leastTold = 400   // of results that are told only in part
)

// passagesPerTurn is how many passages, of 700 bytes each, are looked up for one turn. They stand in the last message,
// where each takes at most passageBytes with the marks around it.
const (
	passagesPerTurn = 3
	passageBytes    = 800
)

// How says how much of a background a facilitator is told.
type How string

// The ways.
const (
	ToldWhole    How = "whole"   // all of it, in every turn
	ToldLookedUp How = "lookup"  // for each turn the passages that have to do with it
	ToldBegin    How = "begin"   // its beginning: the most important of results
	ToldNothing  How = "nothing" // there is no room for it
	ToldLater    How = "to_come" // there are no results yet
)

// Told is a background with how much of it is told.
type Told struct {
	appliance.Background
	How   How
	Bytes int // of the system message that it takes
}

// Tell decides how much of each background a facilitator is told, in their order: as long as there is room, all of it.
// What is larger is looked up for each turn, which costs less and may miss something.
func Tell(list []appliance.Background) []Told {
	room := MaxTold
	told := make([]Told, len(list))
	for i, b := range list {
		t := Told{Background: b, How: ToldWhole, Bytes: b.Bytes}
		switch {
		case b.Bytes == 0:
			t.How = ToldLater
		case b.Bytes <= room:
		case b.Kind != appliance.BackgroundResults:
			t.How, t.Bytes = ToldLookedUp, 0
		case room >= leastTold:
			t.How, t.Bytes = ToldBegin, room
		default:
			t.How, t.Bytes = ToldNothing, 0
		}
		room -= t.Bytes
		told[i] = t
	}
	return told
}

// background is what a facilitator is told of the background of a session.
type background struct {
	stamp    string
	whole    string                   // in the system message; "" when there is nothing
	lookedUp []appliance.BackgroundID // for each turn
	all      []appliance.BackgroundID // that can be looked up, those told whole among them
}

// version is added to that of a turn: by which words a model was told of the background.
func (b background) version() string {
	if b.whole == "" && len(b.lookedUp) == 0 {
		return ""
	}
	return "/" + allPrompts().background.Version()
}

// bytes is what the background takes of a prompt: in the system message, and in the last one.
func (b background) bytes() int {
	n := len(b.whole)
	if len(b.lookedUp) > 0 {
		n += passagesPerTurn * passageBytes
	}
	return n
}

// backgrounds keeps what was told last in each session, of at most maxPlans sessions.
type backgrounds struct {
	mu   sync.Mutex
	told map[appliance.SessionID]background
}

// get gives the background of a session as it is now.
func (c *backgrounds) get(ctx context.Context, s *store.Store, id appliance.SessionID) (background, error) {
	stamp, err := s.BackgroundStamp(ctx, id)
	if err != nil || stamp == "" {
		return background{}, err
	}
	c.mu.Lock()
	known, ok := c.told[id]
	c.mu.Unlock()
	if ok && known.stamp == stamp {
		return known, nil
	}
	b, err := readBackground(ctx, s, id)
	if err != nil {
		return background{}, err
	}
	b.stamp = stamp
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told == nil || len(c.told) >= maxPlans {
		c.told = make(map[appliance.SessionID]background)
	}
	c.told[id] = b
	return b, nil
}

// toldText is one text as templates take it.
type toldText struct{ Kind, Name, Text string }

func readBackground(ctx context.Context, s *store.Store, id appliance.SessionID) (b background, err error) {
	list, err := s.Backgrounds(ctx, id)
	if err != nil {
		return b, err
	}
	var texts []toldText
	for _, t := range Tell(list) {
		if t.Kind != appliance.BackgroundResults {
			b.all = append(b.all, t.ID)
		}
		switch t.How {
		case ToldLookedUp:
			b.lookedUp = append(b.lookedUp, t.ID)
		case ToldWhole, ToldBegin:
			text, err := s.BackgroundText(ctx, id, t.ID)
			if err != nil {
				return b, err
			}
			texts = append(texts, toldText{string(t.Kind), t.Name, firstLines(text, t.Bytes)})
		}
	}
	if len(texts) > 0 {
		b.whole = "\n\n" + allPrompts().background.Render(map[string]any{"Texts": texts})
	}
	return b, nil
}

// firstLines gives the lines of text that fit into n bytes.
func firstLines(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:strings.LastIndexByte(text[:n], '\n')+1]
}

// knows gives what the facilitator of a session is told of its background by a model whose prompts have room bytes. A
// model with a small context is told nothing in every turn and has everything looked up; when the background cannot be
// read, the facilitator goes on without it, and the log says so.
func (e *Engine) knows(ctx context.Context, id appliance.SessionID, room int) background {
	b, err := e.background.get(ctx, e.Store, id)
	if err != nil {
		e.Log.Warn("the background of a session cannot be read: the model asks without it", "session", string(id), "error", err)
		return background{}
	}
	if len(b.whole) > room/3 {
		b.whole, b.lookedUp = "", b.all
	}
	return b
}

// found gives what of the background has to do with the question of d and what was said last, as it stands before the
// instruction; "" when nothing does.
func (e *Engine) found(ctx context.Context, n *thought, d Decision) string {
	if len(n.known.lookedUp) == 0 {
		return ""
	}
	lexicon := extract.For(n.plan.language)
	var words []string
	for _, text := range []string{n.words(), n.plan.topics[n.plan.index(d.Topic)].question} {
		for _, w := range extract.Words(text) {
			if lexicon.CommonOf([]string{w}) == 0 {
				words = append(words, w)
			}
		}
	}
	list, err := e.Store.FindPassages(ctx, n.known.lookedUp, words, passagesPerTurn)
	if err != nil {
		e.Log.Warn("the background of a session cannot be searched: the model asks without it",
			"session", string(n.th.Conversation.SessionID), "error", err)
	}
	if len(list) == 0 {
		return ""
	}
	texts := make([]toldText, len(list))
	for i, p := range list {
		texts[i] = toldText{Name: p.Name, Text: strings.TrimSpace(p.Content)}
	}
	return allPrompts().lookup.Render(map[string]any{"Texts": texts}) + "\n\n"
}
