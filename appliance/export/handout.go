package export

import (
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// handout is what is handed out, as it is asked for.
type handout struct {
	store.Handout
	request  Request
	language appliance.Language // of what the export itself says
	named    bool               // with the names that participants gave
	names    map[int]string     // of participants, by their numbers; none unless named
	topics   map[appliance.TopicID]string
	at       time.Time
	known    synthesis.Knowledge // when there is a report
	whole    *paper.Document     // of a project, already put together; nil of a session
}

func newHandout(r Request, material store.Handout, at time.Time) *handout {
	h := &handout{Handout: material, request: r, language: material.Session.Language.Or(appliance.English), at: at,
		named: r.Names && !material.Session.Anonymous, names: map[int]string{}, topics: map[appliance.TopicID]string{}}
	if h.named {
		for _, c := range h.Conversations {
			h.names[c.Number] = c.Name
			for _, k := range c.Speakers {
				h.names[k.Number] = k.Name
			}
		}
	}
	for _, t := range h.Guide.Topics {
		h.topics[t.ID] = t.Title
	}
	for _, s := range h.Results.Report.Body.Sections {
		if s.TopicID != "" {
			h.topics[s.TopicID] = s.Title
		}
	}
	if h.Results.Report.Version > 0 {
		h.known = synthesis.KnowledgeOf(h.Guide, h.Results, h.Claims)
	}
	return h
}

// opens says whether who asks may see parts of the results.
func (h *handout) opens(tabs ...appliance.Tab) bool {
	return h.request.Open == nil || !slices.ContainsFunc(tabs, func(t appliance.Tab) bool { return !slices.Contains(h.request.Open, t) })
}

// called is what a participant is called; title is that of a conversation without one.
func (h *handout) called(number int, title string) string {
	name := synthesis.Pseudonym(h.language, number, title)
	if given := h.names[number]; number != 0 && given != "" {
		return given + " (" + name + ")" // two people may have one name
	}
	return name
}

// of is called for the participant of a conversation.
func (h *handout) of(c store.HandedOut) string { return h.called(c.Number, c.Title) }

// speaker is called for who speaks in a turn. Who only asks questions is the facilitator.
func (h *handout) speaker(c store.HandedOut, t appliance.Turn) string {
	i := slices.IndexFunc(c.Speakers, func(k appliance.Speaker) bool { return k.ID == t.Speaker })
	switch {
	case i >= 0 && !c.Speakers[i].Asks():
		return h.called(c.Speakers[i].Number, c.Title)
	case i >= 0 && h.named && c.Speakers[i].Name != "":
		return c.Speakers[i].Name
	case t.Role == appliance.FromFacilitator:
		return h.say("facilitator", 0)
	}
	return h.of(c)
}

// say gives a sentence in the language of the export.
func (h *handout) say(key string, n int, args ...any) string {
	return synthesis.Say(h.language, key, n, args...)
}

// spoke counts the conversations in which somebody has said something.
func (h *handout) spoke() int {
	n := 0
	for _, c := range h.Conversations {
		if c.Turns > 0 {
			n++
		}
	}
	return n
}

// time gives a time to the minute; none in an anonymous session, where it could tell who somebody is.
func (h *handout) time(t time.Time) any {
	if h.Session.Anonymous || t.IsZero() {
		return nil
	}
	return t
}
