package synthesis

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/store"
)

var ideaPrompt = sync.OnceValue(func() inference.Prompt { return inference.LoadPrompt(promptFiles, "idea") })

// The bounds of how an idea is worded.
const (
	ideaTokens = 80
	ideaShown  = 12 // claims that a model is shown
	// MaxRun is how many words in a row an idea may share with what anybody has said.
	MaxRun = 4
)

// asked marks an idea in words of rules for which a model was asked already and gave nothing of use.
func asked(version string) appliance.Maker {
	m := rules()
	m.PromptVersion += "/" + version
	return m
}

// Ideas puts what the participants of the job's session have said together into ideas that can be offered to others, and
// has a model put each into a sentence where one can be asked. What rules have made can be offered before that, and stays
// where the model gives nothing that keeps to the rules.
func (sy *Synthesis) Ideas(ctx context.Context, job appliance.Job, progress func(done, total int)) error {
	m, err := sy.store.IdeaMaterial(ctx, job.SessionID)
	if err != nil {
		return err
	}
	if !m.On {
		return sy.store.SaveIdeas(ctx, job.SessionID, nil)
	}
	g := newGrouping(m, sy.fits)
	list := g.ideas()
	for i := range list {
		list[i].ID, list[i].SessionID, list[i].CreatedAt = appliance.NewIdeaID(), job.SessionID, sy.clock()
		if at := slices.IndexFunc(m.Ideas, func(have appliance.Idea) bool { return sameIdea(have, list[i]) }); at >= 0 {
			pool := list[i].Pool
			list[i], list[i].Pool = m.Ideas[at], pool
		}
	}
	if err := sy.store.SaveIdeas(ctx, job.SessionID, list); err != nil {
		return err
	}
	return sy.wordIdeas(ctx, job.SessionID, g, list, progress)
}

// sameIdea says whether two ideas are of the same words of the same people.
func sameIdea(a, b appliance.Idea) bool {
	return a.TopicID == b.TopicID && a.Language == b.Language && a.Kind == b.Kind && a.People == b.People &&
		slices.Equal(a.Words, b.Words) && slices.Equal(a.Claims, b.Claims)
}

// wordIdeas has a model word those ideas for which it was not asked yet. When the model goes away, the rest stays as rules
// have worded it.
func (sy *Synthesis) wordIdeas(ctx context.Context, session appliance.SessionID, g *grouping, list []appliance.Idea,
	progress func(done, total int),
) error {
	a, err := sy.analyst(ctx, session)
	work := "ideas " + string(session)
	if err != nil || !a.usable || sy.givenUp(work) {
		return err
	}
	version := ideaPrompt().Version()
	for n, idea := range list {
		progress(n, len(list))
		if idea.Maker.Model() || idea.Maker == asked(version) {
			continue
		}
		text, by, err := sy.wordIdea(ctx, a.choice, g, idea)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case inference.KindOf(err) == inference.CutOff || inference.KindOf(err) == inference.Malformed:
			text, by = idea.Text, asked(version)
		default:
			sy.failed(work, err)
			return nil
		}
		if err := sy.store.SetIdeaText(ctx, idea.ID, text, by); err != nil {
			return err
		}
	}
	sy.worked(work)
	return nil
}

// wordIdea asks a model for one idea. What it says stands behind words of the program that speak of the group.
func (sy *Synthesis) wordIdea(ctx context.Context, choice appliance.ModelChoice, g *grouping, idea appliance.Idea,
) (text string, by appliance.Maker, err error) {
	p := ideaPrompt()
	var points []string
	for _, c := range idea.Claims[:min(len(idea.Claims), ideaShown)] {
		if i := slices.IndexFunc(g.m.Claims, func(have store.CitedClaim) bool { return have.ID == c.ClaimID }); i >= 0 {
			points = append(points, g.m.Claims[i].Text)
		}
	}
	data := map[string]any{"Language": prompt.Language(idea.Language), "Topic": g.m.Topic, "Question": g.asked(idea.TopicID),
		"Words": strings.Join(idea.Words, ", "), "Tension": idea.Kind == appliance.IdeaTension, "Points": points}
	var got struct {
		Text string `json:"text"`
	}
	r := forAnalyst(string(idea.SessionID), choice, p.Render(data), ideaTokens)
	answer, err := sy.models.Ask(ctx, r, p.Schema, &got, func() error {
		sentence := strings.TrimSpace(got.Text)
		text = framed(idea, sentence)
		if !g.wellWorded(idea, sentence) || !g.fits(idea.Language, text) {
			return errors.New("the sentence does not keep to the rules")
		}
		return nil
	})
	return text, answer.Model.Maker(p.Version()), err
}

// framed puts the words of the program that speak of the group before a sentence.
func framed(idea appliance.Idea, sentence string) string {
	text := textsFor(idea.Language)
	switch idea.Kind {
	case appliance.IdeaTension:
		return text.say("idea_said_tension", 0, "sentence", sentence)
	case appliance.IdeaOutlier:
		return text.say("idea_said_outlier", 0, "sentence", sentence)
	}
	return text.say("idea_said_convergence", 0, "sentence", sentence)
}

// wellWorded says whether a sentence of a model tells an idea and gives nobody away: it speaks of what the idea is about,
// and has no quotation, number, name, nor a word that only one person has used, nor more than MaxRun words in a row that
// somebody has said.
func (g *grouping) wellWorded(idea appliance.Idea, sentence string) bool {
	if !wellWorded(idea.Language, sentence) || counts(idea.Language, sentence) ||
		strings.ContainsAny(sentence, "\"“”„«»‟‹›‚‘?؟¿:") || strings.ContainsFunc(sentence, unicode.IsNumber) {
		return false
	}
	about := false
	wanted := map[string]bool{}
	lexicon := extract.For(idea.Language)
	for _, t := range lexicon.Terms(strings.Join(idea.Words, "\n")) {
		wanted[t.Stem] = true
	}
	for _, t := range lexicon.Terms(sentence) {
		w, known := g.x.number[string(idea.Language)+" "+t.Stem]
		form := t.Form
		if t.First {
			form = t.Word
		}
		if known && g.x.words[w].people < outlierPeople || g.identifies(idea.Language, form) {
			return false
		}
		about = about || wanted[t.Stem]
	}
	return about && g.longestRun(sentence) <= MaxRun
}

// longestRun gives how many words in a row a text shares with what anybody has said or was understood to say.
func (g *grouping) longestRun(text string) int {
	longest := 0
	for _, c := range g.m.Claims {
		longest = max(longest, extract.SharedRun(text, c.Text), extract.SharedRun(text, g.m.Said[c.ID]))
	}
	return longest
}
