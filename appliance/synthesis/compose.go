package synthesis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/quote"
	"harmonium/appliance/store"
)

// The bounds of what a model writes of a report.
const (
	groupClaims    = 40   // claims that it is shown at once …
	groupBytes     = 6000 // … and their length
	maxGroups      = 3    // for one topic
	wholeClaims    = 24   // for what stands out across all topics
	maxSentences   = 5    // from one group
	maxMinuted     = 8    // of one meeting
	sentenceTokens = 100  // of each
)

// written is a sentence as a model answers it; Claims are numbers of what it was shown.
type written struct {
	Text   string `json:"text"`
	Claims []int  `json:"claims"`
}

type sentences struct {
	Sentences []written `json:"sentences"`
}

// composed is what a model has written of a report.
type composed struct {
	whole    []cited                       // across all topics
	topics   map[appliance.TopicID][]cited // "" is what was said beyond the questions
	dropped  int                           // sentences that did not keep to the rules
	failed   int                           // groups of which nothing could be used
	unfitted int                           // claims that it was not shown
	behind   int                           // groups of which it was asked before there was as much
	asked    bool                          // a model was asked at all
}

// cited is a sentence with the claims that it rests on (indexes into index.claims).
type cited struct {
	text   string
	claims []int
}

// empty says whether there is nothing of the model in it.
func (c composed) empty() bool {
	for _, s := range c.topics {
		if len(s) > 0 {
			return false
		}
	}
	return len(c.whole) == 0
}

// composer has a model write the sentences of one report. What it has written about a group of claims stays as long as that
// group is the same; in a large session it also stays while the group has grown a little, so that one more conversation
// does not have the whole report written anew. Sentences of which a claim has gone go at once.
type composer struct {
	w      *writer
	claims map[appliance.ClaimID]store.CitedClaim // of the group that is being written about, with their quotes
	sy     *Synthesis
	a      analyst
	parts  []appliance.ReportPart // written before
	spare  *spare
}

// group is what the model is shown at once.
type group struct {
	topic  topicOf
	number int // within the topic; appliance.PartOfAll for what stands for all of them
	claims []int
	pool   int // claims of the topic that may be shown
	// meeting: the claims are those of one meeting, of which a summary is written that belongs to its minutes.
	meeting bool
}

func (g group) whole() bool { return g.number == appliance.PartOfAll }

// asks gives what the model is told about a group, and how many sentences it is asked for.
func (g group) asks() (p inference.Prompt, most int) {
	if g.meeting {
		return minutesPrompt(), maxMinuted
	}
	return reportPrompt(), maxSentences
}

// groups divides the claims of a report: the topics one after the other, last what stands for all of them.
func (c *composer) groups(out *composed) []group {
	var list []group
	var each [][]int // the claims of each topic, one for each person, the most telling first
	all := 0
	for _, t := range c.w.topics() {
		t.claims = c.w.x.shown(t.claims)
		if len(t.claims) == 0 {
			continue
		}
		ranked := c.inTurn(t.claims)
		all += len(ranked)
		each = append(each, c.w.x.perPerson(t.claims))
		for n := 0; len(ranked) > 0; n++ {
			if n == maxGroups {
				out.unfitted += len(ranked)
				break
			}
			size := c.fitting(ranked, groupClaims)
			list = append(list, group{topic: t, number: n, claims: ranked[:size], pool: len(t.claims)})
			ranked = ranked[size:]
		}
	}
	var whole []int
	for i := 0; len(whole) < wholeClaims; i++ {
		before := len(whole)
		for _, claims := range each {
			if i < len(claims) && len(whole) < wholeClaims {
				whole = append(whole, claims[i])
			}
		}
		if len(whole) == before {
			break
		}
	}
	if len(each) > 1 && len(whole) > 2 {
		list = append(list, group{number: appliance.PartOfAll, claims: whole[:c.fitting(whole, wholeClaims)], pool: all})
	}
	return list
}

// inTurn puts the claims of a topic in the order in which they are shown: the most telling one of each person first,
// then the second ones, so that nobody's words crowd out those of others.
func (c *composer) inTurn(claims []int) []int {
	rest := slices.Clone(claims)
	var out []int
	for len(rest) > 0 {
		round := c.w.x.perPerson(rest)
		out = append(out, round...)
		taken := map[int]bool{}
		for _, claim := range round {
			taken[claim] = true
		}
		rest = slices.DeleteFunc(rest, func(claim int) bool { return taken[claim] })
	}
	return out
}

// fitting is how many of claims are shown at once, at least one.
func (c *composer) fitting(claims []int, most int) int {
	bytes := 0
	for i, claim := range claims {
		if bytes += len(c.w.x.claims[claim].Text) + 24; i == most || i > 0 && bytes > groupBytes {
			return i
		}
	}
	return len(claims)
}

// compose has the model write what has to be written. told hears before each group how many are done. An error means that
// the model cannot be asked now, or that the material has changed.
func (c *composer) compose(ctx context.Context, told func(done, total int)) (composed, error) {
	out := composed{topics: map[appliance.TopicID][]cited{}, asked: true}
	list := c.groups(&out)
	for i, g := range list {
		told(i, len(list))
		part, sentences, current := c.kept(g)
		if !current && c.anew(g, part, sentences) {
			c.spare.spend(1)
			var err error
			if part, sentences, err = c.ask(ctx, g); err != nil {
				return out, err
			}
		} else if !current {
			out.behind++
		}
		out.dropped += part.Dropped
		if part.Failed {
			out.failed++
		}
		if g.whole() {
			out.whole = sentences
		} else {
			out.topics[g.topic.ID] = append(out.topics[g.topic.ID], sentences...)
		}
	}
	return out, nil
}

// kept gives what was written before about a group, of it the sentences of which all claims are still there, and whether
// that is all and of the same claims.
func (c *composer) kept(g group) (part appliance.ReportPart, list []cited, current bool) {
	i := slices.IndexFunc(c.parts, func(p appliance.ReportPart) bool {
		return p.TopicID == g.topic.ID && p.Number == g.number && p.Asked == c.asked(g)
	})
	if i < 0 {
		return part, nil, false
	}
	part = c.parts[i]
	for _, s := range part.Sentences {
		of := cited{text: s.Text}
		for _, id := range s.Claims {
			if claim, ok := c.w.x.place(id); ok && !c.w.x.claims[claim].Hidden && !c.w.x.claims[claim].Prompted {
				of.claims = append(of.claims, claim)
			}
		}
		if len(of.claims) == len(s.Claims) {
			list = append(list, of)
		}
	}
	return part, list, len(list) == len(part.Sentences) && bytes.Equal(part.InputHash, c.hash(g))
}

// anew says whether the model is asked again about a group that is not the same any more.
func (c *composer) anew(g group, part appliance.ReportPart, left []cited) bool {
	switch {
	case !c.spare.limited || part.Due:
		return true
	case len(left) == 0 && !part.Failed: // of the first claims of a topic something is always said
		return g.number <= 0 || c.spare.has(1)
	}
	return (grown(part.Claims, g.pool) || len(left) < len(part.Sentences)) && c.spare.has(1)
}

// asked says who is asked about a group, and about what.
func (c *composer) asked(g group) string {
	sum := sha256.Sum256([]byte(string(c.w.m.Language) + "\n" + c.w.m.Topic + "\n" + g.topic.Title + "\n" + g.topic.Question))
	maker := c.a.report
	if g.meeting {
		maker = c.a.minutes
	}
	return maker.Key() + wishKey(c.w.m) + " " + hex.EncodeToString(sum[:6])
}

// hash stands for the claims of a group.
func (c *composer) hash(g group) []byte {
	h := sha256.New()
	for _, claim := range g.claims {
		fmt.Fprintf(h, "%s %q\n", c.w.x.claims[claim].ID, c.w.x.claims[claim].Text)
	}
	return h.Sum(nil)
}

// ask has the model write about a group, and keeps it.
func (c *composer) ask(ctx context.Context, g group) (appliance.ReportPart, []cited, error) {
	list, dropped, err := c.write(ctx, g)
	if err != nil && away(err) {
		return appliance.ReportPart{}, nil, err
	}
	part := appliance.ReportPart{TopicID: g.topic.ID, Number: g.number, InputHash: c.hash(g), Claims: g.pool, Dropped: dropped,
		Failed: err != nil, Asked: c.asked(g), Sentences: []appliance.ReportSentence{}}
	if err != nil {
		list = nil
	}
	for _, s := range list {
		of := appliance.ReportSentence{Text: s.text}
		for _, claim := range s.claims {
			of.Claims = append(of.Claims, c.w.x.claims[claim].ID)
		}
		part.Sentences = append(part.Sentences, of)
	}
	return part, list, c.sy.store.SaveReportPart(ctx, c.w.m, part)
}

// write has the model write about one group.
func (c *composer) write(ctx context.Context, g group) (list []cited, dropped int, err error) {
	type shown struct {
		Number, Person int
		Text           string
	}
	p, most := g.asks()
	data := struct {
		Language, Topic, Question, Title, Wish string
		Most                                   int
		Points                                 []shown
		Whole                                  bool
	}{Language: prompt.Language(c.w.m.Language.Or(appliance.English)), Topic: c.w.m.Topic, Question: g.topic.Question,
		Title: g.topic.Title, Wish: wish(c.w.m), Most: most, Whole: g.whole()}
	people := map[int]int{}
	for i, claim := range g.claims {
		who := c.w.x.claims[claim].who
		if people[who] == 0 {
			people[who] = len(people) + 1
		}
		data.Points = append(data.Points, shown{i + 1, people[who], c.w.x.claims[claim].Text})
	}
	if err := c.load(ctx, g); err != nil {
		return nil, 0, err
	}
	var got sentences
	_, err = c.sy.models.Ask(ctx, forAnalyst(string(c.w.m.SessionID), c.a.choice, p.Render(data), most*sentenceTokens), p.Schema, &got, func() error {
		list, dropped = nil, 0
		for _, s := range got.Sentences[:min(len(got.Sentences), most)] {
			if ok := c.check(g, s, list); !ok {
				dropped++
				continue
			}
			list = append(list, c.cited(g, s))
		}
		if len(list) == 0 {
			return errors.New("no sentence keeps to the rules")
		}
		return nil
	})
	return list, dropped, err
}

// load reads the quotes of a group: those of all claims of a large session would be most of the work for one more
// conversation.
func (c *composer) load(ctx context.Context, g group) error {
	var ids []appliance.ClaimID
	for _, claim := range g.claims {
		ids = append(ids, c.w.x.claims[claim].ID)
	}
	claims, err := c.sy.store.ClaimsByID(ctx, c.w.m.SessionID, ids)
	if err != nil {
		return err
	}
	if len(claims) < len(ids) {
		return errChanged // drawn anew since
	}
	c.claims = byID(claims)
	return nil
}

// maxWish is how much of what a host has written for the report a model is given, in bytes: for the project, and for the
// session.
const maxWish = 2_000

// wish is what hosts have written for the report, as far as a model is given it: for all sessions of the project, then for
// this one.
func wish(m store.ReportMaterial) string {
	var list []string
	for _, text := range []string{m.WishOfAll, m.Wish} {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, strings.ToValidUTF8(text[:min(len(text), maxWish)], ""))
		}
	}
	return strings.Join(list, "\n")
}

// wished marks the maker of a report that a host has written something for.
func wished(by appliance.Maker, m store.ReportMaterial) appliance.Maker {
	if wish(m) != "" {
		by.PromptVersion += wishMark
	}
	return by
}

const wishMark = "+host"

// check says whether a sentence keeps to the rules: it cites claims that were shown, is one plain sentence of the
// language, counts nobody, says nothing twice, and quotes only what those whom it cites have said.
func (c *composer) check(g group, s written, before []cited) bool {
	language := c.w.m.Language.Or(appliance.English)
	text := strings.TrimSpace(s.Text)
	if len(s.Claims) == 0 || len(s.Claims) > groupClaims || !wellWorded(language, text) || counts(language, text) {
		return false
	}
	for _, n := range s.Claims {
		if n < 1 || n > len(g.claims) {
			return false
		}
	}
	if slices.ContainsFunc(before, func(have cited) bool { return have.text == text }) {
		return false
	}
	parts, closed := quotedParts(text)
	return closed && !slices.ContainsFunc(parts, func(part string) bool { return !c.said(g, s, part) }) && c.rests(g, s)
}

// said says whether words stand in a turn that one of the cited claims quotes.
func (c *composer) said(g group, s written, words string) bool {
	var sources []quote.Source
	for _, n := range s.Claims {
		for _, q := range c.claims[c.w.x.claims[g.claims[n-1]].ID].Cited {
			sources = append(sources, quote.Source{ID: string(q.Span.TurnID), Text: q.Content})
		}
	}
	span, ok := quote.Locate(words, sources)
	return ok && span.Method != quote.Snapped
}

// rests says whether a sentence shares a word that carries meaning with what it cites. Of claims in another language
// than the report's that cannot be told.
func (c *composer) rests(g group, s written) bool {
	for _, n := range s.Claims {
		claim := c.w.x.claims[g.claims[n-1]]
		r := reader{language: claim.Language, lexicon: extract.For(claim.Language)}
		if claim.Language != c.w.m.Language.Or(appliance.English) || r.shares(s.Text, claim.Text) {
			return true
		}
		if slices.ContainsFunc(c.claims[claim.ID].Cited, func(q store.CitedQuote) bool { return r.shares(s.Text, q.Span.Text) }) {
			return true
		}
	}
	return false
}

func (c *composer) cited(g group, s written) cited {
	seen := map[int]bool{}
	out := cited{text: strings.TrimSpace(s.Text)}
	for _, n := range s.Claims {
		if claim := g.claims[n-1]; !seen[claim] {
			seen[claim] = true
			out.claims = append(out.claims, claim)
		}
	}
	return out
}

// byID gives claims by their ids.
func byID(claims []store.CitedClaim) map[appliance.ClaimID]store.CitedClaim {
	m := make(map[appliance.ClaimID]store.CitedClaim, len(claims))
	for _, c := range claims {
		m[c.ID] = c
	}
	return m
}
