package synthesis

import (
	"cmp"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// The bounds of a section.
const (
	maxMentions  = 4  // sentences about words that come up with several people
	maxCited     = 8  // claims that one sentence about a word cites
	maxOwnWords  = 3  // claims that stand for a topic
	maxMinority  = 6  // claims that stand for views of one person
	fewSpeak     = 50 // percent: a topic that fewer spoke to is a gap
	alwaysReport = 2  // people who must share a word before it is reported as shared
)

// writer puts one report together.
type writer struct {
	m       store.ReportMaterial
	text    texts
	lexicon *extract.Lexicon
	stems   map[appliance.ClaimID]map[string]string // of each claim: stem to the word as it was written
	people  map[string]int                          // conversations in which a stem is part of a claim
	cited   map[appliance.ConversationID]bool
}

// write makes the body of a report from its material. The same material gives the same report.
func write(m store.ReportMaterial) appliance.ReportBody {
	w := &writer{m: m, text: textsFor(m.Session.Language), lexicon: extract.For(m.Session.Language),
		stems: map[appliance.ClaimID]map[string]string{}, people: map[string]int{},
		cited: map[appliance.ConversationID]bool{}}
	w.index()
	body := appliance.ReportBody{Missing: w.missing()}
	body.Sections = append(body.Sections, w.overview())
	for _, t := range m.Guide.Topics {
		if s, ok := w.topic(t.ID, t.Title, t.Title+" "+t.Question); ok {
			body.Sections = append(body.Sections, s)
		}
	}
	if s, ok := w.topic("", w.text.say("other_title", 0), ""); ok {
		body.Sections = append(body.Sections, s)
	}
	for _, section := range []func() appliance.ReportSection{w.minority, w.gaps, w.unheard} {
		if s := section(); len(s.Sentences) > 0 {
			body.Sections = append(body.Sections, s)
		}
	}
	return body
}

// index collects the words of every claim and in how many conversations each comes up.
func (w *writer) index() {
	seen := map[string]map[appliance.ConversationID]bool{}
	for _, c := range w.m.Claims {
		words := map[string]string{}
		for _, t := range w.lexicon.Terms(c.Text) {
			if words[t.Stem] == "" {
				words[t.Stem] = t.Word
			}
			if seen[t.Stem] == nil {
				seen[t.Stem] = map[appliance.ConversationID]bool{}
			}
			seen[t.Stem][c.ConversationID] = true
		}
		w.stems[c.ID] = words
	}
	for stem, in := range seen {
		w.people[stem] = len(in)
	}
}

func (w *writer) missing() []string {
	missing := []string{}
	if n := w.m.Missing; n > 0 {
		missing = append(missing, w.text.say("missing", n, "n", n))
	}
	return missing
}

func (w *writer) overview() appliance.ReportSection {
	c := w.m.Counts
	s := appliance.ReportSection{Kind: appliance.SectionOverview, Title: w.text.say("overview_title", 0), People: c.Conversations}
	add := func(key string, n int, args ...any) {
		s.Sentences = append(s.Sentences, sentence(w.text.say(key, n, args...), nil))
	}
	if c.Conversations == 0 {
		add("nobody_yet", 0)
		return s
	}
	add("took_part", c.Conversations, "n", c.Conversations)
	add("went_through", c.Finished, "n", c.Finished)
	add("answered", c.Turns, "turns", c.Turns, "words", c.Words)
	return s
}

// topic writes the section of one topic; asked is the question, whose own words say nothing about the answers.
func (w *writer) topic(id appliance.TopicID, title, asked string) (s appliance.ReportSection, ok bool) {
	var claims []store.CitedClaim
	speakers := map[appliance.ConversationID]bool{}
	for _, c := range w.m.Claims {
		if c.TopicID == id {
			claims = append(claims, c)
			speakers[c.ConversationID] = true
		}
	}
	if len(claims) == 0 {
		return s, false
	}
	s = appliance.ReportSection{Kind: appliance.SectionTopic, TopicID: id, Title: title, People: len(speakers)}
	s.Sentences = append(s.Sentences, sentence(w.text.say("spoke", len(speakers), "n", len(speakers),
		"total", w.m.Counts.Conversations), nil))
	for _, m := range w.mentions(claims, asked+" "+w.m.Session.Brief.Topic) {
		s.Sentences = append(s.Sentences, w.cite(w.text.say("mention", m.people, "n", m.people, "words", w.text.oneOf(m.words)), m.claims))
	}
	own := w.ownWords(claims)
	s.Sentences = append(s.Sentences, w.cite(w.text.say("own_words", len(own)), own))
	return s, true
}

// mention is a word, or several that come up together, with the claims in which they do.
type mention struct {
	words  []string
	claims []store.CitedClaim
	people int
}

// mentions gives the words that at least two people share in the claims of a topic, the most shared first. Words that
// come up in mostly the same claims are one mention.
func (w *writer) mentions(claims []store.CitedClaim, given string) []mention {
	skip := map[string]bool{}
	for _, t := range w.lexicon.Terms(given) {
		skip[t.Stem] = true
	}
	byStem := map[string]*mention{}
	var stems []string
	for _, c := range claims {
		for stem, word := range w.stems[c.ID] {
			if skip[stem] {
				continue
			}
			m := byStem[stem]
			if m == nil {
				m = &mention{words: []string{word}}
				byStem[stem] = m
				stems = append(stems, stem)
			}
			m.claims = append(m.claims, c)
			// The shortest form of a word, and of those the first of the alphabet, does not depend on map order.
			if cmp.Or(cmp.Compare(len(word), len(m.words[0])), cmp.Compare(word, m.words[0])) < 0 {
				m.words[0] = word
			}
		}
	}
	for _, m := range byStem {
		m.people = speakersOf(m.claims)
	}
	slices.SortFunc(stems, func(a, b string) int {
		return cmp.Or(cmp.Compare(byStem[b].people, byStem[a].people), cmp.Compare(a, b))
	})
	var out []mention
	for _, stem := range stems {
		m := byStem[stem]
		if m.people < alwaysReport || m.people*10 < len(claims)/2 {
			break
		}
		if i := slices.IndexFunc(out, func(have mention) bool { return sameClaims(have.claims, m.claims) }); i >= 0 {
			if len(out[i].words) < 3 {
				out[i].words = append(out[i].words, m.words[0])
				out[i].claims = union(out[i].claims, m.claims)
				out[i].people = speakersOf(out[i].claims)
			}
			continue
		}
		if len(out) < maxMentions {
			out = append(out, *m)
		}
	}
	for i := range out {
		out[i].claims = best(out[i].claims, maxCited)
	}
	return out
}

// ownWords chooses the claims that stand for a topic: telling ones that share words with what many said, unlike each
// other, at most one for each person.
func (w *writer) ownWords(claims []store.CitedClaim) []store.CitedClaim {
	score := func(c store.CitedClaim) float64 {
		shared := 0.0
		for stem := range w.stems[c.ID] {
			shared += float64(w.people[stem])
		}
		total := max(1, w.m.Counts.Conversations) * max(4, len(w.stems[c.ID]))
		return c.Salience + shared/float64(total)
	}
	ranked := slices.Clone(claims)
	slices.SortStableFunc(ranked, func(a, b store.CitedClaim) int { return cmp.Compare(score(b), score(a)) })
	var out []store.CitedClaim
	for _, c := range ranked {
		if len(out) == maxOwnWords {
			break
		}
		if !slices.ContainsFunc(out, func(have store.CitedClaim) bool {
			return have.ConversationID == c.ConversationID || w.lexicon.Alike(have.Text, c.Text) > 0.4
		}) {
			out = append(out, c)
		}
	}
	return out
}

// minority gives the telling claims whose words nobody else uses.
func (w *writer) minority() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionMinority, Title: w.text.say("minority_title", 0)}
	if w.m.Counts.Conversations < 3 {
		return s // with one or two people everything is said by one
	}
	var alone []store.CitedClaim
	for _, c := range w.m.Claims {
		own := 0
		for stem := range w.stems[c.ID] {
			if w.people[stem] == 1 {
				own++
			}
		}
		if c.Salience >= 0.5 && own >= 3 && own*2 >= len(w.stems[c.ID]) {
			alone = append(alone, c)
		}
	}
	var chosen []store.CitedClaim
	for _, c := range best(alone, len(alone)) {
		if len(chosen) < maxMinority && !slices.ContainsFunc(chosen, func(have store.CitedClaim) bool { return have.ConversationID == c.ConversationID }) {
			chosen = append(chosen, c)
		}
	}
	if len(chosen) > 0 {
		s.People = len(chosen)
		s.Sentences = append(s.Sentences, w.cite(w.text.say("minority", len(chosen)), chosen))
	}
	return s
}

// gaps names the topics of the guide that few or none spoke to.
func (w *writer) gaps() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionGaps, Title: w.text.say("gaps_title", 0)}
	total := w.m.Counts.Conversations
	for _, t := range w.m.Guide.Topics {
		speakers := map[appliance.ConversationID]bool{}
		for _, c := range w.m.Claims {
			if c.TopicID == t.ID {
				speakers[c.ConversationID] = true
			}
		}
		switch n := len(speakers); {
		case total == 0:
		case n == 0:
			s.Sentences = append(s.Sentences, sentence(w.text.say("gap_none", 0, "title", t.Title), nil))
		case n*100 < total*fewSpeak:
			s.Sentences = append(s.Sentences, sentence(w.text.say("gap_few", n, "n", n, "total", total, "title", t.Title), nil))
		}
	}
	return s
}

// unheard says who is not represented: who joined and said nothing, and who is not quoted above, who is quoted here.
func (w *writer) unheard() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionUnheard, Title: w.text.say("unheard_title", 0)}
	if n := w.m.Counts.Participants - w.m.Counts.Conversations; n > 0 {
		s.Sentences = append(s.Sentences, sentence(w.text.say("silent", n, "n", n), nil))
		s.People = n
	}
	var others []store.CitedClaim
	for _, c := range w.m.Claims {
		if w.cited[c.ConversationID] {
			continue
		}
		i := slices.IndexFunc(others, func(o store.CitedClaim) bool { return o.ConversationID == c.ConversationID })
		switch {
		case i < 0:
			others = append(others, c)
		case c.Salience > others[i].Salience:
			others[i] = c
		}
	}
	if n := len(others); n > 0 {
		s.Sentences = append(s.Sentences, w.cite(w.text.say("not_quoted", n, "n", n), others))
		s.People += n
	}
	return s
}

// cite makes a sentence that rests on claims.
func (w *writer) cite(text string, claims []store.CitedClaim) appliance.ReportSentence {
	ids := make([]appliance.ClaimID, 0, len(claims))
	for _, c := range claims {
		ids = append(ids, c.ID)
		w.cited[c.ConversationID] = true
	}
	return sentence(text, ids)
}

func sentence(text string, claims []appliance.ClaimID) appliance.ReportSentence {
	if claims == nil {
		claims = []appliance.ClaimID{}
	}
	return appliance.ReportSentence{Text: text, Claims: claims}
}

func speakersOf(claims []store.CitedClaim) int {
	in := map[appliance.ConversationID]bool{}
	for _, c := range claims {
		in[c.ConversationID] = true
	}
	return len(in)
}

// best gives the n most telling claims in the order in which they were given.
func best(claims []store.CitedClaim, n int) []store.CitedClaim {
	order := make(map[appliance.ClaimID]int, len(claims))
	for i, c := range claims {
		order[c.ID] = i
	}
	ranked := slices.Clone(claims)
	slices.SortStableFunc(ranked, func(a, b store.CitedClaim) int { return cmp.Compare(b.Salience, a.Salience) })
	ranked = ranked[:min(n, len(ranked))]
	slices.SortFunc(ranked, func(a, b store.CitedClaim) int { return order[a.ID] - order[b.ID] })
	return ranked
}

// sameClaims says whether two words come up in mostly the same claims.
func sameClaims(a, b []store.CitedClaim) bool {
	both := len(a) + len(b) - len(union(a, b))
	return both*10 >= 6*min(len(a), len(b))
}

func union(a, b []store.CitedClaim) []store.CitedClaim {
	out := slices.Clone(a)
	for _, c := range b {
		if !slices.ContainsFunc(out, func(have store.CitedClaim) bool { return have.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out
}
