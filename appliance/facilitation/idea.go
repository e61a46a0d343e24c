package facilitation

import (
	"context"
	"slices"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// How often an idea of others is offered in one conversation (cross-pollination). People come in early and late, and
// everybody is treated alike: one idea at most for each topic, a few in all, and none before somebody has said something
// of their own. Nor is an idea carried to more people than have said it (store.OfferableIdeas).
const (
	maxIdeas     = 3
	ideaPause    = 2 * time.Minute // between two of them
	ideaAnswers  = 2               // of the participant before the first one, and between two of them
	ideaOwnReply = 1               // the reply to an idea is none of those
)

// mayOffer says whether an idea of others may be offered in this state: within a topic, when nothing else stands open, not
// to somebody who has found anything hard to bear or has insulted, and not too often.
func (s State) mayOffer() bool {
	f := s.Facilitation
	switch {
	case f.Phase != appliance.PhaseTopics, f.Aside != "", f.Asides.Cares > 0, f.Asides.Boundaries > 0,
		f.Asides.Ideas >= maxIdeas:
		return false
	case f.Asides.Ideas == 0:
		return s.Answers >= ideaAnswers
	}
	return s.Answers-f.Asides.IdeaAfter >= ideaAnswers+ideaOwnReply && s.Now.Sub(time.UnixMilli(f.Asides.IdeaAt)) >= ideaPause
}

// offering puts the offer of an idea before the next question, where one is there and the topic has had its own answer
// to the end. It takes no time from the guide: what comes next is what would have come now.
func (p *Plan) offering(s State, a Assessment, next Decision) Decision {
	i := p.index(s.Facilitation.Topic)
	goesOn := next.Move == appliance.MoveAsk || next.Move == appliance.MoveMissed
	if s.Idea == nil || i < 0 || !goesOn || next.Why != WhyNext || !s.mayOffer() {
		return next
	}
	c := p.covered(s, a)
	if a.Depth == 0 || a.Skip || a.Lost || a.Nothing || a.Stop || a.Off || a.Ask != AskNothing || !c.Answered {
		return next
	}
	f := s.Facilitation
	f.Aside = appliance.AsideIdea
	f.Asides.Ideas++
	f.Asides.IdeaAt, f.Asides.IdeaAfter = s.Now.UnixMilli(), s.Answers
	d := p.aside(appliance.MoveIdea, WhyNext, f, c)
	d.Idea = s.Idea
	return d
}

// afterIdea goes on with the guide: whatever is made of an idea of others, it is no answer to a question of the guide.
func (p *Plan) afterIdea(s State, a Assessment) Decision {
	c, why := p.covered(s, a), WhyNext
	if a.Skip {
		why = WhySkipped
	}
	return p.advance(p.index(s.Facilitation.Topic), s, &c, why)
}

// ideaText words the offer of an idea. end is where the idea itself ends in it.
func (p *Plan) ideaText(idea *appliance.Idea, vary int) (text string, end int) {
	ask := p.phrases.IdeaAsk[vary%len(p.phrases.IdeaAsk)]
	return idea.Text + "\n\n" + ask, len(idea.Text)
}

// FitsIdea says whether a sentence can be offered as an idea of others: with every question that may follow it, it keeps
// the rules of questions. The paragraph between the two is the program's own.
func FitsIdea(language appliance.Language, text string) bool {
	p := phrasesOf(language)
	return appliance.Words(text) > 0 && !slices.ContainsFunc(p.IdeaAsk, func(ask string) bool {
		return len(CheckQuestion(Utterance{Text: text + " " + ask, Language: language, Move: appliance.MoveIdea})) > 0
	})
}

// lookForIdea finds an idea of others for the topic that a conversation is in. When it cannot be read, the facilitator goes
// on without one, and the log says so.
func (e *Engine) lookForIdea(ctx context.Context, n *thought) {
	if !n.plan.shares || n.state.Facilitation.Topic == "" || !n.state.mayOffer() {
		return
	}
	id := n.th.Conversation.ID
	list, err := e.Store.OfferableIdeas(ctx, id, n.state.Facilitation.Topic)
	if err != nil || len(list) == 0 {
		if err != nil && ctx.Err() == nil {
			e.Log.Warn("ideas of others cannot be read: the conversation goes on without", "conversation", string(id), "error", err)
		}
		return
	}
	turns, err := e.Store.Turns(ctx, id)
	if err != nil {
		return
	}
	var own []string
	for _, t := range turns {
		if t.Role == appliance.FromParticipant {
			own = append(own, t.Content)
		}
	}
	n.state.Idea = newTo(n.plan.language, list, own)
}

// newTo chooses the first idea that speaks of nothing that somebody has spoken of themselves; nil when none does.
func newTo(language appliance.Language, list []store.OfferableIdea, own []string) *appliance.Idea {
	lexicon := extract.For(language)
	said := lexicon.Weigh(own...)
	for i := range list {
		terms := lexicon.Terms(strings.Join(list[i].Words, "\n"))
		known := slices.ContainsFunc(terms, func(t extract.Term) bool { return said[t.Stem] > 0 })
		if !known && list[i].Language == language {
			return &list[i].Idea
		}
	}
	return nil
}
