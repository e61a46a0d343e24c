package facilitation

import (
	"context"
	"errors"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/guide"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
)

// InWords says of a follow-up that no control suits it.
const InWords appliance.ControlType = "words"

// choose gives the control by which a follow-up on a thin answer can be answered as well, "" for words alone. Whoever
// had nothing to say finds it easier to pick than to write, and whoever said little to weigh; where a model has said
// what suits, that holds. Whether there is to be one at all is decided here alone.
func (p *Plan) choose(s State, a Assessment, topic int, why Why) appliance.ControlType {
	if !p.chooses || why != WhyThin && why != WhyBare && why != WhyNothing || a.Suits == InWords || !p.hasRoom(s, topic) {
		return ""
	}
	kind := a.Suits
	if kind == "" {
		kind = appliance.ControlRating
		if why == WhyNothing {
			kind = []appliance.ControlType{appliance.ControlSingle, appliance.ControlMultiple}[topic%2]
		}
		if p.topics[topic].controls[kind].control == nil {
			return ""
		}
	}
	return kind
}

// hasRoom says whether a follow-up of a topic is far enough from every other control. The question that comes after it
// may be the next one of the guide.
func (p *Plan) hasRoom(s State, topic int) bool {
	chosen := s.Facilitation.Chosen
	if chosen.Words < appliance.WordsBetween || chosen.Topic == s.Facilitation.Topic || p.guide.Topics[topic].Control != nil {
		return false
	}
	for _, next := range p.guide.Topics[topic+1:] {
		if !s.Coverage[next.ID].Asked {
			return next.Control == nil
		}
	}
	return true
}

// apart is how far the last control is away after d.
func (p *Plan) apart(s State, d Decision) appliance.Chosen {
	c := s.Facilitation.Chosen
	switch {
	case !p.chooses:
		return appliance.Chosen{}
	case d.Control != "":
		return appliance.Chosen{Topic: d.Topic}
	case p.control(d) != nil:
		c.Words = 0
	default:
		c.Words = min(c.Words+1, appliance.WordsBetween)
	}
	return c
}

// withoutControl has a follow-up asked in words where rules have no question for its control.
func (n *thought) withoutControl(d Decision) Decision {
	if n.plan.control(d) == nil {
		d = n.plan.inWords(n.state, d)
		n.settle(d)
	}
	return d
}

// inWords is d without the control that was chosen for it.
func (p *Plan) inWords(s State, d Decision) Decision {
	d.Control = ""
	d.Facilitation.Chosen = p.apart(s, d)
	return d
}

// controlled is a question that is answered by a control.
type controlled struct {
	question string
	control  *appliance.Control
}

// controlStrings is such a question about any topic, in one language.
type controlStrings struct {
	Question string   `json:"question"`
	Options  []string `json:"options"` // of a rating what the lowest and the highest number mean
}

// ratingScale is how far ratings go that the facilitator chooses.
const ratingScale = 5

// controlOf makes a control of its options; those of a rating are what its ends mean.
func controlOf(kind appliance.ControlType, options []string) appliance.Control {
	if kind != appliance.ControlRating {
		return appliance.Control{Type: kind, Options: options}
	}
	return appliance.Control{Type: kind, Scale: ratingScale, Low: options[0], High: options[1]}
}

// controlsAbout gives the questions by rules about a topic that are answered by a control. They are the same for
// everybody who is asked about the topic in one language, so that answers can be counted together. first gives a
// question that the guide does not have.
func (p *Plan) controlsAbout(t appliance.Topic, first func([]string) (string, bool)) map[appliance.ControlType]controlled {
	all := make(map[appliance.ControlType]controlled)
	for _, kind := range []appliance.ControlType{appliance.ControlSingle, appliance.ControlMultiple, appliance.ControlRating} {
		words := p.phrases.Controls[kind]
		if len(words.Options) == 0 {
			continue
		}
		if question, ok := first([]string{p.phrases.about(words.Question, t.Title)}); ok {
			control := controlOf(kind, words.Options)
			all[kind] = controlled{question, &control}
		}
	}
	return all
}

// offered is a model's answer by prompts/offer.schema.json.
type offered struct {
	Question string   `json:"q"`
	Options  []string `json:"o"`
}

// maxOffered is what a model may take for a question with its options, in tokens.
const maxOffered = 240

// askByControl has the model make the question and the options of a control that was chosen. It is not spoken word by word:
// nothing of it is heard before all of it has passed. It fails with errOffered when the model can be asked for a question
// in words in its place; without done and error rules speak.
func (a *attendance) askByControl(n *thought, d Decision, r inference.Request, h history) (done bool, err error) {
	if speed, _ := a.Models.Speed(a.model); speed.Write < quickEnough {
		return false, errOffered // it would take too long without a word
	}
	c := newChecker(n.plan.utterance("", d.Move, d.Topic, facilitators(h.turns)))
	instruction, version := n.plan.controlInstruction(d)
	r.Messages = n.messages(h, instruction)
	r.MaxTokens = maxOffered
	var got offered
	var control appliance.Control
	answer, err := a.ask(r, nil, func(ctx context.Context, r inference.Request, _ func(string) error) (inference.Answer, error) {
		return a.Models.Ask(ctx, r, allPrompts().offer.Schema, &got, func() (err error) {
			control, err = n.plan.offeredControl(c, d.Control, &got)
			return err
		})
	})
	switch kind := inference.KindOf(err); {
	case err == nil:
		a.let(got.Question)
		t := &n.reply.Turn
		t.Content, t.Control = got.Question, &control
		t.Maker = answer.Model.Maker(version + n.known.version())
		return true, nil
	case kind == inference.Malformed || kind == inference.CutOff:
		a.Log.Info("a question with answers of the model was not used", "conversation", string(a.k.id), "model", a.model.Name)
		return false, errOffered
	}
	return false, a.givenUp(r, err)
}

// controlInstruction is the last message of a request for a question that is answered by a control.
func (p *Plan) controlInstruction(d Decision) (text, version string) {
	all := allPrompts()
	return all.offer.Render(map[string]any{"Title": p.guide.Topics[p.index(d.Topic)].Title, "Kind": string(d.Control),
			"Scale": ratingScale, "Schema": all.offer.Schema.Text(), "Language": prompt.Language(p.language)}),
		all.facilitator.Version() + p.approach.mark() + "/" + all.offer.Version()
}

// Limits of options that a model makes.
const (
	maxOptions     = 6
	maxOptionWords = 8
)

var errOffered = errors.New("facilitation: the model's question or its answers break rules")

// offeredControl makes a control of what a model offers, and brings the question into one line. It fails where the
// question breaks the rules of follow-ups or speaks for one of the options, and where options are not a few short plain
// ones that differ, say more than what they are to, or stand for one side.
func (p *Plan) offeredControl(c *checker, kind appliance.ControlType, o *offered) (control appliance.Control, err error) {
	o.Question = strings.Join(strings.Fields(o.Question), " ")
	for i := range o.Options {
		o.Options[i] = strings.Join(strings.Fields(o.Options[i]), " ")
	}
	options := o.Options
	if kind == appliance.ControlSingle || kind == appliance.ControlMultiple {
		options = p.withElse(options)
	}
	if n := len(options); n < appliance.MinControlOptions || n > maxOptions || kind == appliance.ControlRating && n != 2 {
		return control, errOffered
	}
	control = controlOf(kind, options)
	asked := padded(o.Question)
	sided := func(option string) bool {
		return strings.Contains(asked, padded(option)) || p.phrases.rules.short(option)
	}
	switch {
	case control.Validate() != nil, len(c.check(o.Question, true)) > 0, p.leads(append(slices.Clip(options), o.Question)),
		!allOf(options, c.fits), c.otherLanguage(strings.Join(options, " ")):
		return control, errOffered
	case kind == appliance.ControlRating && sameQuestion(options[0]) == sameQuestion(options[1]),
		kind != appliance.ControlRating && slices.ContainsFunc(options, sided):
		return control, errOffered
	}
	return control, nil
}

func allOf(texts []string, is func(string) bool) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !is(text) })
}

// short says whether a text is a yes, a no or another phrase of the rules, which answers no question of its own.
func (r *rules) short(text string) bool {
	whole := strings.TrimSpace(padded(text))
	return r.kindOf(whole, whole) != plain
}

// withElse adds the option of whoever finds that none of the others fits, unless it is there or has no words in the
// language.
func (p *Plan) withElse(options []string) []string {
	other := p.phrases.SomethingElse
	same := func(o string) bool { return sameQuestion(o) == sameQuestion(other) }
	if !p.language.Valid() || slices.ContainsFunc(options, same) {
		return options
	}
	return append(slices.Clip(options), other)
}

// leads says whether one of texts says which answer is wanted.
func (p *Plan) leads(texts []string) bool {
	return slices.ContainsFunc(guide.Check(appliance.Brief{}, texts, p.language), func(r guide.Remark) bool {
		return r.Code == guide.RemarkLeading
	})
}

// fits says whether a text can be an option: a few plain words that ask nothing, praise nothing and tell nothing of what
// only the model is to know.
func (c *checker) fits(option string) bool {
	n := appliance.Words(option)
	words := extract.Words(option)
	for i, w := range words {
		words[i] = folded(w)
	}
	said := side(words)
	switch {
	case n == 0 || n > maxOptionWords, extract.EndsInQuestion(option), c.markup(option, 0, true), strings.ContainsAny(option, ":!?;"),
		c.has(c.rules.praise, said), c.has(c.rules.meta, said):
		return false
	case echoes(words, func(run string) bool { return promptRuns()[run] }), c.u.hidden != nil && echoes(words, c.u.hidden):
		return false
	}
	return true
}

// otherLanguage says whether a text has more of the common words of another language than of its own. Options are often
// without any.
func (c *checker) otherLanguage(text string) bool {
	if script, ok := scripts[c.u.Language]; ok && !mostly(script, text) {
		return true
	}
	if !c.u.Language.Valid() {
		return false
	}
	words := extract.Words(text)
	own := c.lexicon.CommonOf(words)
	return appliance.Words(text) >= fewWords && slices.ContainsFunc(appliance.Languages(), func(other appliance.Language) bool {
		return other != c.u.Language && extract.For(other).CommonOf(words) > own+1
	})
}

// facilitators gives what the facilitator has said.
func facilitators(turns []appliance.Turn) (texts []string) {
	for _, t := range turns {
		if t.Role == appliance.FromFacilitator {
			texts = append(texts, t.Content)
		}
	}
	return texts
}
