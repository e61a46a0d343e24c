package synthesis

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// The bounds of what is put together for others (cross-pollination). No idea rests on one person alone: whoever is the only
// one to say something would be recognised by it.
const (
	convergePeople = 3  // people who must share something before it counts as what many say …
	convergeShare  = 3  // … and it must be one of so many who spoke to the topic
	sidePeople     = 2  // people on each side of a tension …
	sideShare      = 5  // … and the smaller side is at least one of so many who are for or against
	outlierPeople  = 2  // people who must share something before it is offered as what few say …
	outlierShare   = 5  // … and at most one of so many
	perTopic       = 8  // ideas of one topic and kind that are kept
	looked         = 40 // mentions of one topic that are looked at
	maxRests       = 24 // claims that one idea rests on, each of another person
)

// grouping puts the claims of a session together into ideas.
type grouping struct {
	m     store.IdeaMaterial
	x     *index
	fits  func(appliance.Language, string) bool
	names map[string]bool // words by which people are called, in lower case
	texts map[appliance.Language]string
}

func newGrouping(m store.IdeaMaterial, fits func(appliance.Language, string) bool) *grouping {
	g := &grouping{m: m, x: newIndex(m.Claims), fits: fits, names: map[string]bool{}, texts: map[appliance.Language]string{}}
	for _, name := range m.Names {
		for _, word := range extract.Words(strings.ReplaceAll(name, "@", " ")) {
			g.names[word] = true
		}
	}
	for _, c := range m.Claims {
		g.texts[c.Language] += " " + strings.Join(extract.Words(c.Text), " ") + " "
	}
	return g
}

// ideas gives the ideas of a session in words of rules, without ids and times. The same claims give the same ideas.
func (g *grouping) ideas() []appliance.Idea {
	type place struct {
		topic    appliance.TopicID
		language appliance.Language
	}
	claims := map[place][]int{}
	var places []place
	for i, c := range g.x.claims {
		p := place{c.TopicID, c.Language}
		if len(claims[p]) == 0 {
			places = append(places, p)
		}
		claims[p] = append(claims[p], i)
	}
	var list []appliance.Idea
	for _, p := range places {
		if g.x.speakers(claims[p]) >= g.m.Minimum {
			list = append(list, g.ofTopic(p.topic, p.language, claims[p])...)
		}
	}
	return list
}

// ofTopic gives the ideas in the claims to one topic in one language.
func (g *grouping) ofTopic(topic appliance.TopicID, language appliance.Language, claims []int) []appliance.Idea {
	given := g.x.wordsOf(language, g.m.Topic+"\n"+g.asked(topic))
	counted := map[appliance.IdeaKind]int{}
	var list []appliance.Idea
	for _, m := range g.x.mentionsBy(outlierPeople, true, claims, given, looked) {
		idea, ok := g.idea(topic, language, m, g.x.speakers(claims))
		if ok && counted[idea.Kind] < perTopic {
			counted[idea.Kind]++
			list = append(list, idea)
		}
	}
	return list
}

// asked gives what was asked about a topic: words of it say nothing about the answers.
func (g *grouping) asked(topic appliance.TopicID) string {
	text := ""
	for _, guide := range g.m.Guides {
		for _, t := range guide.Topics {
			if t.ID == topic {
				text += t.Title + "\n" + t.Question + "\n"
			}
		}
	}
	return text
}

// idea makes an idea of what several people mention, when it is one.
func (g *grouping) idea(topic appliance.TopicID, language appliance.Language, m mention, pool int,
) (idea appliance.Idea, ok bool) {
	words := slices.DeleteFunc(slices.Clone(m.words), func(w string) bool { return g.identifies(language, w) })
	rests := g.x.perPerson(m.claims)
	well, ill := g.x.sides(rests)
	idea = appliance.Idea{TopicID: topic, Language: language, Words: words, People: m.people, Pool: pool, Maker: rules()}
	switch {
	case len(words) == 0:
		return idea, false
	case divided(well, ill):
		idea.Kind = appliance.IdeaTension
		n := min(len(well), len(ill), maxRests/2)
		rests = append(well[:n:n], ill[:n]...)
	case m.people >= convergePeople && m.people*convergeShare >= pool:
		idea.Kind = appliance.IdeaConvergence
	case m.people >= outlierPeople && m.people*outlierShare <= pool:
		idea.Kind = appliance.IdeaOutlier
	default:
		return idea, false
	}
	for _, c := range rests[:min(len(rests), maxRests)] {
		of := appliance.IdeaClaim{ClaimID: g.x.claims[c].ID}
		if idea.Kind == appliance.IdeaTension {
			of.Stance = signs[g.x.claims[c].Stance]
		}
		idea.Claims = append(idea.Claims, of)
	}
	appliance.Sort(idea.Claims, func(a, b appliance.IdeaClaim) int { return cmp.Compare(a.ClaimID, b.ClaimID) })
	idea.Text = plainly(idea)
	return idea, g.fits(language, idea.Text)
}

// plainly words an idea by rules: it names what the people speak of.
func plainly(idea appliance.Idea) string {
	text := textsFor(idea.Language)
	words := strings.Join(idea.Words, text.Comma)
	switch idea.Kind {
	case appliance.IdeaTension:
		return text.say("idea_tension", 0, "words", words)
	case appliance.IdeaOutlier:
		return text.say("idea_outlier", 0, "words", words)
	}
	return text.say("idea_convergence", 0, "words", words)
}

// signs are stances as ideas keep them.
var signs = map[appliance.Stance]int{appliance.StanceFor: 1, appliance.StanceAgainst: -1}

// sides gives those of claims that speak well of what they are about, and those that speak ill.
func (x *index) sides(claims []int) (well, ill []int) {
	for _, c := range claims {
		switch x.claims[c].Stance {
		case appliance.StanceFor:
			well = append(well, c)
		case appliance.StanceAgainst:
			ill = append(ill, c)
		}
	}
	return well, ill
}

// divided says whether people, one claim each, are on two sides.
func divided(well, ill []int) bool {
	fewer := min(len(well), len(ill))
	return fewer >= sidePeople && fewer*sideShare >= len(well)+len(ill)
}

// titles are words after which a name comes.
var titles = map[appliance.Language][]string{
	appliance.English:   {"mr", "mrs", "ms", "miss", "dr", "doctor", "prof", "professor", "sister", "father"},
	appliance.German:    {"herr", "herrn", "frau", "dr", "doktor", "prof", "professor", "professorin", "schwester", "pfarrer"},
	appliance.French:    {"m", "mme", "mlle", "monsieur", "madame", "dr", "docteur", "pr", "professeur", "sœur", "père"},
	appliance.Spanish:   {"sr", "sra", "señor", "señora", "don", "doña", "dr", "dra", "doctor", "doctora", "profesor", "profesora"},
	appliance.Ukrainian: {"пан", "пані", "пана", "паном", "лікар", "доктор", "професор", "отець"},
	appliance.Arabic:    {"السيد", "السيدة", "الأستاذ", "الأستاذة", "الدكتور", "الدكتورة", "الشيخ"},
}

// identifies says whether a word or expression may tell of one person: it has a digit, is what somebody of the session is
// called, comes after a title, or may be the name of somebody else. An abbreviation is no name.
func (g *grouping) identifies(language appliance.Language, expression string) bool {
	for _, form := range strings.Fields(expression) {
		word := strings.ToLower(form)
		first := []rune(form)[0]
		switch {
		case strings.ContainsFunc(word, unicode.IsNumber), g.names[word]:
			return true
		case language != appliance.German && unicode.IsUpper(first) && (form != strings.ToUpper(form) || len(form) < 2):
			return true
		case slices.ContainsFunc(titles[language], func(title string) bool {
			return strings.Contains(g.texts[language], " "+title+" "+word+" ")
		}):
			return true
		case g.mayName(language, form):
			return true
		}
	}
	return false
}

// articleShare is how many uses of a word may come to one with an article, where letters do not tell names from nouns.
const articleShare = 3

// mayName says whether a word of people may be the name of somebody: where nouns have no capital letter, when anybody has
// given it one; in other languages, when hardly anybody puts an article before it. That keeps back some words that name
// nobody ("Zeit"): better an idea less than a name.
func (g *grouping) mayName(language appliance.Language, form string) bool {
	return slices.ContainsFunc(extract.For(language).Terms(form), func(t extract.Term) bool {
		n, known := g.x.number[string(language)+" "+t.Stem]
		if !known {
			return false
		}
		w, uses := g.x.words[n], 0
		capital := false
		for written, times := range w.forms {
			uses += times
			capital = capital || unicode.IsUpper([]rune(written)[0]) && written != strings.ToUpper(written)
		}
		if language != appliance.German && language != appliance.Arabic {
			return capital
		}
		return (w.thing > 0 || unicode.IsUpper([]rune(form)[0])) && (w.articles == 0 || w.articles*articleShare < uses)
	})
}
