package synthesis

import (
	"maps"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// The bounds of a report.
const (
	maxMentions = 3  // sentences in a section about what several people speak of
	maxOverall  = 5  // things named at the head of a report
	maxCited    = 24 // claims that one sentence cites, each of another person
	maxOwnWords = 3  // claims that stand for a topic
	maxMinority = 5  // claims that stand for views of one person …
	maxAlone    = 2  // … and as many to one topic
	enough      = 5  // people who must have answered before it means something that only one said a thing
	fewPercent  = 50 // a topic that fewer have answered is a gap

	// tellsAlone is the least salience of a view of one person: a whole sentence with six words that carry meaning has it,
	// also where it gives no reason.
	tellsAlone = 0.44
)

// writer puts one report together.
type writer struct {
	m      store.ReportMaterial
	text   texts
	x      *index
	made   composed     // by a model
	themed              // the claims in their themes
	shown  map[int]bool // claims that the Markdown form shows under some sentence
	cited  map[int]bool // conversations (indexed.who) that some sentence cites
}

// newWriter makes a writer of a report from its material and what a model has written of it.
func newWriter(m store.ReportMaterial, made composed) *writer {
	return &writer{m: m, text: textsFor(m.Language), x: newIndex(m.Claims), made: made, shown: map[int]bool{}, cited: map[int]bool{}}
}

// body makes the body of the report: sentences of the model where it has written some, and those of rules elsewhere.
// The same material gives the same report, whatever the order of its claims.
func (w *writer) body() appliance.ReportBody {
	body := appliance.ReportBody{Sections: []appliance.ReportSection{w.overview()}, Missing: w.missing()}
	topics := w.topics()
	for _, t := range topics {
		if s := w.topic(t); len(s.Sentences) > 0 {
			body.Sections = append(body.Sections, s)
		}
	}
	for _, s := range []appliance.ReportSection{w.themes(), w.tensions(), w.minority(), w.gaps(topics), w.unheard()} {
		if len(s.Sentences) > 0 {
			body.Sections = append(body.Sections, s)
		}
	}
	return body
}

func (w *writer) missing() []string {
	missing := []string{}
	if n := w.m.Unread; n > 0 {
		missing = append(missing, w.text.say("missing", n, "n", n))
	}
	if n := w.m.ByRules; n > 0 {
		missing = append(missing, w.text.say("parts_by_rules", n, "n", n, "parts", w.m.Parts)+w.partly())
	}
	if w.themed.refused {
		missing = append(missing, w.text.say("themes_by_rules", 0))
	}
	for _, of := range []struct {
		key string
		n   int
	}{{"claims_unplaced", w.themed.unplaced}, {"parts_behind", w.made.behind}, {"sentences_dropped", w.made.dropped},
		{"groups_failed", w.made.failed}, {"claims_unfitted", w.made.unfitted}} {
		if of.n > 0 {
			missing = append(missing, w.text.say(of.key, of.n, "n", of.n))
		}
	}
	if w.made.asked && w.made.empty() {
		missing = append(missing, w.text.say("report_by_rules", 0))
	}
	return missing
}

// overview says who answered and what most of them speak of. The other figures stand beside the report (Report.Counts),
// and at the end of its Markdown form.
func (w *writer) overview() appliance.ReportSection {
	c := w.m.Counts
	s := appliance.ReportSection{Kind: appliance.SectionOverview, Title: w.text.say("overview_title", 0), People: c.People}
	add := func(key string, n int, args ...any) {
		s.Sentences = append(s.Sentences, sentence(w.text.say(key, n, args...), nil))
	}
	if c.Conversations == 0 {
		add("nobody_yet", 0)
		return s
	}
	add("took_part", c.People, "n", c.People)
	if going := c.Conversations - c.Finished; going > 0 {
		add("going_on", going, "n", going)
	}
	if len(w.made.whole) > 0 {
		s.Sentences = append(s.Sentences, w.ofModel(w.made.whole)...)
	} else if overall, ok := w.overall(); ok {
		s.Sentences = append(s.Sentences, overall)
	}
	return s
}

// overall names what most people speak of across all topics, with one claim for each.
func (w *writer) overall() (s appliance.ReportSentence, ok bool) {
	asked := w.m.Topic
	for _, g := range w.m.Guides {
		for _, t := range g.Topics {
			asked += "\n" + t.Title + "\n" + t.Question
		}
	}
	var all []int
	for i, c := range w.x.claims {
		if !c.Prompted {
			all = append(all, i)
		}
	}
	mentions := w.x.mentions(all, w.given(asked), maxOverall)
	if len(mentions) < 2 {
		return s, false
	}
	var things []string
	var claims []int
	for _, m := range mentions {
		things = append(things, w.text.say("counted", 0, "words", w.text.list(w.text.Or, m.words), "n", m.people))
		for _, c := range w.x.perPerson(w.x.shown(m.claims)) {
			if !slices.Contains(claims, c) {
				claims = append(claims, c)
				break
			}
		}
	}
	return w.cite(w.text.say("overall", 0, "things", w.text.join(w.text.And, things)), claims, len(claims)), true
}

// given gives the words of what was asked, in every language that was answered in: they say nothing about the answers.
func (w *writer) given(asked string) map[int]bool {
	given := map[int]bool{}
	for _, language := range append(appliance.Languages(), w.m.Language) {
		maps.Copy(given, w.x.wordsOf(language, asked))
	}
	return given
}

// topicOf is a topic of the report: one of the guide, or the answers that belong to none.
type topicOf struct {
	appliance.Topic
	asked   int   // conversations whose guide has it
	claims  []int // ascending
	replies []int // claims that reply to ideas of others: they are no voices of their own
	people  int   // who answered
}

// topics gives the topics of the guide in use in their order, then those of earlier versions that somebody answered,
// last what was said beyond the questions.
func (w *writer) topics() []topicOf {
	place := map[appliance.TopicID]int{}
	var list []topicOf
	for version, g := range w.m.Guides {
		for _, t := range g.Topics {
			i, ok := place[t.ID]
			if !ok {
				if version > 0 && w.m.Answered[t.ID] == 0 {
					continue
				}
				i = len(list)
				place[t.ID] = i
				list = append(list, topicOf{Topic: t})
			}
			list[i].asked += g.Conversations
		}
	}
	other := topicOf{Topic: appliance.Topic{Title: w.text.say("other_title", 0)}, asked: w.m.Counts.People}
	for i, c := range w.x.claims {
		at := &other
		if i, ok := place[c.TopicID]; ok {
			at = &list[i]
		}
		if c.Prompted {
			at.replies = append(at.replies, i)
		} else {
			at.claims = append(at.claims, i)
		}
	}
	list = append(list, other)
	for i := range list {
		list[i].people = max(w.m.Answered[list[i].ID], w.x.speakers(list[i].claims))
	}
	return list
}

// topic writes the section of one topic; it has no sentences when nobody said anything about it.
func (w *writer) topic(t topicOf) appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionTopic, TopicID: t.ID, Title: t.Title, People: t.people}
	if t.people == 0 {
		return s
	}
	key := "spoke"
	switch {
	case t.ID == "" && t.people == t.asked:
		key = "added_all"
	case t.ID == "":
		key = "added"
	case t.people == t.asked:
		key = "spoke_all"
	}
	s.Sentences = append(s.Sentences, sentence(w.text.say(key, t.people, "n", t.people, "total", t.asked), nil))
	if made := w.made.topics[t.ID]; len(made) > 0 {
		s.Sentences = append(append(s.Sentences, w.ofModel(made)...), w.replies(t)...)
		return s
	}
	given := w.given(w.m.Topic + "\n" + t.Title + "\n" + t.Question)
	for _, m := range w.x.mentions(t.claims, given, maxMentions) {
		words := w.text.list(w.text.Or, m.words)
		s.Sentences = append(s.Sentences, w.cite(w.text.say("mention", m.people, "n", m.people, "words", words),
			w.freshFirst(w.x.perPerson(w.x.shown(m.claims))), quotesInSummary))
	}
	if own := w.ownWords(w.x.shown(t.claims)); len(own) > 0 {
		s.Sentences = append(s.Sentences, w.cite(w.text.say("own_words", len(own)), own, len(own)))
	}
	s.Sentences = append(s.Sentences, w.replies(t)...)
	return s
}

// replies says how many have replied to an idea of others that was offered to them. What they said then is cited here and
// counts nowhere else: it was put to them.
func (w *writer) replies(t topicOf) []appliance.ReportSentence {
	n := w.x.speakers(t.replies)
	if n == 0 {
		return nil
	}
	shown := w.x.perPerson(w.x.shown(t.replies))
	return []appliance.ReportSentence{w.cite(w.text.say("replied", n, "n", n), shown, quotesInSummary)}
}

// ofModel gives the sentences of a model.
func (w *writer) ofModel(list []cited) []appliance.ReportSentence {
	var out []appliance.ReportSentence
	for _, s := range list {
		out = append(out, w.cite(s.text, w.freshFirst(s.claims), quotesInSummary))
	}
	return out
}

// freshFirst moves claims that no sentence shows yet, and that are unlike those before them, to the front. It goes on
// until there are as many as a sentence cites.
func (w *writer) freshFirst(claims []int) []int {
	var first, later []int
	for _, c := range claims {
		known := func(have int) bool { return w.x.alike(have, c) > tooAlike }
		if len(first) == maxCited || w.shown[c] || slices.ContainsFunc(first, known) {
			later = append(later, c)
		} else {
			first = append(first, c)
		}
	}
	return append(first, later...)
}

// ownWords chooses the claims that stand for a topic: telling ones that no sentence shows yet, unlike each other, one
// for each person.
func (w *writer) ownWords(claims []int) []int {
	var out []int
	for _, c := range w.x.perPerson(slices.DeleteFunc(slices.Clone(claims), func(c int) bool { return w.shown[c] })) {
		if len(out) == maxOwnWords {
			break
		}
		if !slices.ContainsFunc(out, func(have int) bool { return w.x.alike(have, c) > 0.3 }) {
			out = append(out, c)
		}
	}
	return out
}

// minority gives the themes of which few speak, and telling claims that no sentence shows yet, in words that nobody else
// uses, at most one for each person and maxAlone for each topic. People of whom nothing is shown yet come first: somebody who
// talks much shall not hide them.
func (w *writer) minority() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionMinority, Title: w.text.say("minority_title", 0)}
	s.Sentences, s.People = w.fewSpeak()
	if w.m.Counts.People < enough {
		return s
	}
	var alone []int
	for i, c := range w.x.claims {
		if c.Hidden || c.Prompted {
			continue
		}
		own := 0
		for _, word := range c.words {
			if w.x.words[word].people == 1 {
				own++
			}
		}
		if !w.shown[i] && c.Salience >= tellsAlone && own >= 3 && own*2 >= len(c.words) {
			alone = append(alone, i)
		}
	}
	ranked := w.x.perPerson(alone)
	seen := map[int]bool{}
	for c := range w.shown {
		seen[w.x.claims[c].who] = true
	}
	heard := func(c int) bool { return seen[w.x.claims[c].who] }
	ranked = append(slices.DeleteFunc(slices.Clone(ranked), heard), slices.DeleteFunc(ranked, func(c int) bool { return !heard(c) })...)
	var chosen []int
	to := map[appliance.TopicID]int{}
	for _, c := range ranked {
		if topic := w.x.claims[c].TopicID; len(chosen) < maxMinority && to[topic] < maxAlone {
			chosen = append(chosen, c)
			to[topic]++
		}
	}
	if len(chosen) > 0 {
		s.People += len(chosen)
		s.Sentences = append(s.Sentences, w.cite(w.text.say("minority", len(chosen)), chosen, len(chosen)))
	}
	return s
}

// gaps names the topics that few or none have answered.
func (w *writer) gaps(topics []topicOf) appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionGaps, Title: w.text.say("gaps_title", 0)}
	for _, t := range topics {
		switch {
		case t.ID == "" || w.m.Counts.Conversations == 0:
		case t.asked == 0 && !slices.ContainsFunc(topics, func(t topicOf) bool { return t.ID != "" && t.asked > 0 }):
			// Nobody was asked anything: all that is here was brought in.
		case t.asked == 0:
			s.Sentences = append(s.Sentences, sentence(w.text.say("gap_later", 0, "title", t.Title), nil))
		case t.people == 0:
			s.Sentences = append(s.Sentences, sentence(w.text.say("gap_none", 0, "title", t.Title), nil))
		case t.people*100 < t.asked*fewPercent:
			s.Sentences = append(s.Sentences, sentence(w.text.say("gap_few", t.people, "n", t.people, "total", t.asked,
				"title", t.Title), nil))
		}
	}
	return s
}

// unheard says who is not represented: options of the form that nobody chose, who joined and said nothing, and who is
// not quoted above, who is quoted here.
func (w *writer) unheard() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionUnheard, Title: w.text.say("unheard_title", 0)}
	for _, c := range w.m.Choices {
		var none []string
		for _, o := range c.Options {
			if o.People == 0 {
				none = append(none, o.Text)
			}
		}
		if c.People >= enough && len(none) > 0 {
			s.Sentences = append(s.Sentences, sentence(w.text.say("unchosen", 0, "question", c.Text,
				"options", w.text.list(w.text.Or, none)), nil))
		}
	}
	if n := w.m.Silent; n > 0 {
		s.Sentences = append(s.Sentences, sentence(w.text.say("silent", n, "n", n), nil))
		s.People += n
	}
	all := make([]int, 0, len(w.x.claims))
	for i, c := range w.x.claims {
		if !w.cited[c.who] {
			all = append(all, i)
		}
	}
	others := w.x.perPerson(w.x.shown(all))
	if n := len(w.x.perPerson(all)) - len(others); n > 0 {
		s.Sentences = append(s.Sentences, sentence(w.text.say("only_counted", n, "n", n), nil))
		s.People += n
	}
	slices.Sort(others) // by participant, who all count the same here
	if n := len(others); n > maxCited {
		text := w.text.say("not_quoted_some", n, "n", n, "some", maxCited)
		s.Sentences = append(s.Sentences, w.cite(text, others[:maxCited], maxCited))
		s.People += n
	} else if n > 0 {
		s.Sentences = append(s.Sentences, w.cite(w.text.say("not_quoted", n, "n", n), others, n))
		s.People += n
	}
	return s
}

// cite makes a sentence that rests on claims, at most maxCited of them; the first visible ones count as shown.
func (w *writer) cite(text string, claims []int, visible int) appliance.ReportSentence {
	claims = claims[:min(len(claims), maxCited)]
	ids := make([]appliance.ClaimID, 0, len(claims))
	for i, c := range claims {
		ids = append(ids, w.x.claims[c].ID)
		w.cited[w.x.claims[c].who] = true
		if i < visible {
			w.shown[c] = true
		}
	}
	return sentence(text, ids)
}

func sentence(text string, claims []appliance.ClaimID) appliance.ReportSentence {
	if claims == nil {
		claims = []appliance.ClaimID{}
	}
	return appliance.ReportSentence{Text: text, Claims: claims}
}
