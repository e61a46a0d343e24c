package facilitation

import (
	"strconv"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
)

// How often the facilitator turns from its guide in one conversation. Beyond these it goes on with the guide, or ends.
const (
	maxReplies    = 4 // answers to questions of the participant
	maxCares      = 2 // offers of help
	maxBoundaries = 1 // one boundary; who insults once more is bid farewell
)

// Ask is what a participant asks the facilitator.
type Ask string

// What is asked.
const (
	AskNothing Ask = ""
	AskWho     Ask = "who"     // who is behind the questions
	AskWords   Ask = "words"   // what happens with what was said
	AskLong    Ask = "long"    // how long it takes
	AskMachine Ask = "machine" // whether a person is speaking
	AskOther   Ask = "other"   // what the program has no answer to
)

// decideAside gives the move that leaves the guide for a moment; false when the guide goes on. Whatever is said, care
// goes before everything, also before the wish to stop: then the farewell says where help is.
func (p *Plan) decideAside(s State, a Assessment) (Decision, bool) {
	f := s.Facilitation
	asking := f.Phase == appliance.PhaseTopics && p.index(f.Topic) >= 0
	switch {
	case a.Hard && (a.Stop || !asking || f.Asides.Cares >= maxCares):
		return p.farewell(s, a, WhyHard), true
	case a.Hard:
		f.Asides.Cares++
		f.Aside = appliance.AsideCare
		return p.aside(appliance.MoveCare, WhyHard, f, p.covered(s, a)), true
	case f.Aside == appliance.AsideCare && (a.Stop || a.No || a.Abuse):
		return p.farewell(s, a, WhyHard), true
	case a.Abuse && (!asking || f.Asides.Boundaries >= maxBoundaries):
		return p.farewell(s, a, WhyAbuse), true
	case a.Abuse:
		f.Asides.Boundaries++
		return p.aside(appliance.MoveBoundary, WhyAbuse, f, p.covered(s, a)), true
	case a.Stop || a.Lost && f.Aside == "":
		return Decision{}, false
	case a.Ask != AskNothing && a.Depth == 0 && f.Asides.Replies < maxReplies && (asking || f.Topic == ""):
		f.Asides.Replies++
		d := p.aside(appliance.MoveReply, WhyAsked, f, appliance.Coverage{})
		d.Ask = a.Ask
		if asking {
			d.Changed = []appliance.Coverage{p.covered(s, a)}
		}
		return d, true
	case f.Aside != "" && asking:
		return p.afterAside(s, a)
	case asking && a.Foreign != "" && a.Depth > 0 && f.Asides.Offered == "":
		f.Asides.Offered, f.Aside = a.Foreign, appliance.AsideLanguage
		d := p.aside(appliance.MoveLanguage, WhyForeign, f, p.covered(s, a))
		d.Language = a.Foreign
		return d, true
	}
	return Decision{}, false
}

// afterAside goes on with the guide after the answer to what was asked beside it: without a further question about
// what was hard to bear, and with the next topic after an idea of others, or after an offer of another language, unless the
// answer to that says more.
func (p *Plan) afterAside(s State, a Assessment) (Decision, bool) {
	c, i := p.covered(s, Assessment{}), p.index(s.Facilitation.Topic)
	switch {
	case s.Facilitation.Aside == appliance.AsideIdea:
		return p.afterIdea(s, a), true
	case s.Facilitation.Aside == appliance.AsideCare:
		return p.advance(i, s, &c, WhyCared), true
	case a.Depth > 0 && !a.Bare:
		return Decision{}, false // the answer is one to the question before
	}
	return p.advance(i, s, &c, WhyNext), true
}

// takesOffer gives the yes or no with which somebody who was asked about a language answers in it.
func (s State) takesOffer(text string) (a Assessment, ok bool) {
	if s.Facilitation.Aside == appliance.AsideLanguage {
		a = Assess(s.Facilitation.Asides.Offered, text)
	}
	return a, a.Bare
}

// switchTo gives the language in which a conversation goes on when it was offered and is wanted: by a yes, or because
// the participant goes on writing in it.
func switchTo(s State, a Assessment) appliance.Language {
	offered := s.Facilitation.Asides.Offered
	if s.Facilitation.Aside == appliance.AsideLanguage && (a.Bare && !a.No || a.Foreign == offered) {
		return offered
	}
	return ""
}

// aside is a move within the topic that is neither its question nor a follow-up.
func (p *Plan) aside(move appliance.Move, why Why, f appliance.Facilitation, c appliance.Coverage) Decision {
	d := Decision{Move: move, Topic: f.Topic, Why: why, Facilitation: f}
	if c.TopicID != "" {
		d.Changed = []appliance.Coverage{c}
	}
	return d
}

// farewell ends the conversation at once, with nothing read back: neither to somebody who finds it hard to bear, nor
// to somebody who insults.
func (p *Plan) farewell(s State, a Assessment, why Why) Decision {
	d := p.close(why)
	if s.Facilitation.Phase == appliance.PhaseTopics && p.index(s.Facilitation.Topic) >= 0 {
		d.Changed = []appliance.Coverage{p.covered(s, a)}
	}
	return d
}

// About is what the program can say of the session and of itself.
type About struct {
	Host  string // who asks; "" when nobody is named
	Help  string // where help is, as host or box have written it; "" for the built-in words
	Model bool   // a model words questions
}

// asideText words a move beside the guide. Each has one question, the last one that was asked or its own, but for those
// in which a host's words have more.
func (p *Plan) asideText(s State, d Decision, vary int) string {
	ph := p.phrases
	pick := func(list []string) string { return list[vary%len(list)] }
	switch d.Move {
	case appliance.MoveCare:
		care := ph.Care[d.Facilitation.Asides.Cares%len(ph.Care)] // not the same twice
		return care + "\n\n" + p.help(s) + " " + ph.HostTold + "\n\n" + ph.GoOn
	case appliance.MoveBoundary:
		return pick(ph.Boundary) + " " + pick(ph.AskAgain) + "\n\n" + p.lastQuestion(s)
	case appliance.MoveLanguage:
		return phrasesOf(d.Language).LanguageOffer
	}
	return p.replyText(s, d.Ask, vary) + " " + pick(ph.AskAgain) + "\n\n" + p.lastQuestion(s)
}

func (p *Plan) help(s State) string {
	if s.About.Help != "" {
		return s.About.Help
	}
	return p.phrases.Help
}

// replyText answers what the participant asked, in no more words than the program can vouch for.
func (p *Plan) replyText(s State, ask Ask, vary int) string {
	ph := p.phrases
	switch ask {
	case AskWho:
		if s.About.Host == "" {
			return ph.ReplyInvited
		}
		return strings.ReplaceAll(ph.ReplyWho, "{host}", s.About.Host)
	case AskWords:
		return ph.ReplyWords
	case AskLong:
		left := appliance.ProgressOf(p.guide, s.Facilitation).MinutesLeft
		return strings.ReplaceAll(ph.ReplyLong, "{minutes}", strconv.Itoa(max(1, left)))
	case AskMachine:
		if s.About.Model {
			return ph.ReplyModel
		}
		return ph.ReplyMachine
	}
	return ph.ReplyOther[vary%len(ph.ReplyOther)]
}

// lastQuestion is the question that still stands.
func (p *Plan) lastQuestion(s State) string {
	switch {
	case s.Facilitation.Aside == appliance.AsideCare:
		return p.phrases.GoOn
	case s.Facilitation.Aside == appliance.AsideLanguage:
		return phrasesOf(s.Facilitation.Asides.Offered).LanguageOffer
	case s.Facilitation.Phase == appliance.PhaseReadBack:
		return p.phrases.Differently
	}
	sentences := extract.Sentences(s.Last)
	for i := len(sentences) - 1; i >= 0; i-- {
		if asked := sentences[i].In(s.Last); strings.HasSuffix(asked, "?") || strings.HasSuffix(asked, "؟") {
			return asked
		}
	}
	if i := p.index(s.Facilitation.Topic); i >= 0 {
		return p.topics[i].question
	}
	return p.phrases.Missed
}
