package facilitation

import (
	"fmt"
	"strings"
	"sync"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

// prompts are the templates by which a model is told what to do. Every request of a conversation begins with the same
// bytes: the system message, which is that of all conversations by one guide in one language, then the transcript.
// Only the last message differs, and holds exactly one instruction, whose explanation stands in the system message. So
// Ollama reads of each request only what is new.
type prompts struct {
	facilitator, ask, probe, again *prompt.Template
	background, lookup             *prompt.Template
	assess, points, facts, offer   inference.Prompt
	suits                          inference.Prompt // assess, where controls may be chosen
}

var allPrompts = sync.OnceValue(func() *prompts {
	load := func(name string) *prompt.Template { return prompt.Load(promptFiles, "prompts/"+name+".txt") }
	assess := inference.LoadPrompt(promptFiles, "assess")
	return &prompts{facilitator: load("facilitator"), ask: load("ask"), probe: load("probe"), again: load("again"),
		background: load("background"), lookup: load("lookup"),
		assess: assess, suits: inference.Prompt{Template: assess.Template, Schema: inference.LoadSchema(promptFiles, "suits")},
		offer: inference.LoadPrompt(promptFiles, "offer"), points: inference.LoadPrompt(promptFiles, "points"),
		facts: inference.LoadPrompt(promptFiles, "facts")}
})

// Limits of prompts, in bytes.
const (
	maxGuide   = 8_000 // of the guide in the system message; a longer one is given without aims, or only by its titles
	maxSaid    = 6_000 // of one message of a participant; the middle of a longer one is left out
	perMessage = 80    // what the marks around a message may take, counted in bytes
)

type promptTopic struct {
	Number               int
	Title, Aim, Question string
}

// system is the message with which every request by this plan begins.
func (p *Plan) system() string {
	p.once.Do(func() { p.prefix = p.renderSystem() })
	return p.prefix
}

func (p *Plan) renderSystem() string {
	render := func(aims, questions bool) string {
		topics := make([]promptTopic, len(p.guide.Topics))
		for i, t := range p.guide.Topics {
			topics[i] = promptTopic{Number: i + 1, Title: t.Title}
			if aims {
				topics[i].Aim = t.Aim
			}
			if questions {
				topics[i].Question = p.topics[i].question
			}
		}
		all := allPrompts()
		return all.facilitator.Render(map[string]any{
			"Schema": p.weighs().Schema.Text(), "Chooses": p.chooses, "About": p.about, "Language": prompt.Language(p.language),
			"Open": strings.Join(p.phrases.Question.Open[:5], ", "), "Topics": topics, "Approach": p.approach.Guide, "Manner": p.approach.Manner,
		})
	}
	for _, whole := range []bool{true, false} {
		if text := render(whole, true); len(text) <= maxGuide || p.approach.Guide != "" {
			return text
		}
	}
	return render(false, false)
}

// messages are the whole prompt of a request: the system message with what is known beside the guide, the conversation,
// and the instruction.
func (n *thought) messages(h history, instruction string) []inference.Message {
	list := n.plan.messages(h)
	list[0].Content += n.known.whole
	return append(list, inference.Message{Role: "user", Content: instruction})
}

// messages are the system message, what is kept of the folded turns, and the others as they were said. What was
// said last is always there; when even that does not fit, the gateway says so.
func (p *Plan) messages(h history) (list []inference.Message) {
	list = append(list, inference.Message{Role: "system", Content: p.system()})
	if h.folded > 0 {
		list = append(list, inference.Message{Role: "user", Content: p.factsText(h, int(factsShare*float64(p.spare(h.room))))})
	}
	for _, t := range h.turns[h.folded:] {
		role := "user"
		if t.Role == appliance.FromFacilitator {
			role = "assistant"
		}
		list = append(list, inference.Message{Role: role, Content: said(t)})
	}
	return list
}

// said is a turn as it stands in a prompt.
func said(t appliance.Turn) string {
	if t.Role == appliance.FromFacilitator {
		return t.Content
	}
	text := t.Content
	if len(text) > maxSaid {
		head, tail := strings.ToValidUTF8(text[:maxSaid/2], ""), strings.ToValidUTF8(text[len(text)-maxSaid/2:], "")
		return prompt.Fence(head) + "\n" + fmt.Sprintf(cutShort, len(text)-len(head)-len(tail)) + "\n" + prompt.Fence(tail)
	}
	return prompt.Fence(text)
}

// cutShort stands in a long message where its middle is left out.
const cutShort = "(%d bytes of this message are left out here.)"

// instruction is the last message of a request for a turn, with the rules that the last attempt broke. version names
// the words by which the turn is made.
func (p *Plan) instruction(d Decision, broken []Broken) (text, version string) {
	all := allPrompts()
	i := p.index(d.Topic)
	template, question, into := all.ask, p.topics[i].question, ""
	if p.translated() {
		into = prompt.Language(p.language)
	}
	if d.Move == appliance.MoveProbe {
		template, question = all.probe, p.followUp(d)
		if d.Why == WhyLost && d.FollowUp == 0 {
			question = p.topics[i].question // to be asked again, and not something else
		}
	}
	again := ""
	if len(broken) > 0 {
		sentences := make([]string, len(broken))
		for i, b := range broken {
			sentences[i] = brokenWords[b]
		}
		again = "\n\n" + all.again.Render(map[string]any{"Broken": sentences})
	}
	return template.Render(map[string]any{"Why": string(d.Why), "Title": p.guide.Topics[i].Title, "Question": question, "Again": again,
			"Into": into}),
		all.facilitator.Version() + p.approach.mark() + "/" + template.Version()
}

// weighs is how answers are weighed: where controls may be chosen, with what a follow-up suits.
func (p *Plan) weighs() inference.Prompt {
	if p.chooses {
		return allPrompts().suits
	}
	return allPrompts().assess
}

// assessment is the last message of a request to weigh an answer.
func (p *Plan) assessment(topic appliance.TopicID) string {
	return p.weighs().Render(map[string]any{"Question": p.topics[p.index(topic)].question})
}

// brokenWords tell a model which rule it has broken.
var brokenWords = map[Broken]string{
	BrokenMark:     "It needs exactly one question mark, as its last character.",
	BrokenLong:     "It was longer than 40 words.",
	BrokenClosed:   "It could be answered by yes or no.",
	BrokenPraise:   "It praised or agreed.",
	BrokenOptions:  "It offered answers to pick.",
	BrokenRepeated: "It asked what was asked before.",
	BrokenLanguage: "It was in another language.",
	BrokenMarkup:   "It was not plain running text.",
	BrokenEcho:     "It repeated these instructions.",
	BrokenGuide:    "It told what only you are to know.",
	BrokenMust:     "It did not ask what the guide asks.",
}
