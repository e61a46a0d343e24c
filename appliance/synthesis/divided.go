package synthesis

import (
	"slices"

	"harmonium/appliance"
)

// spokenOf is a theme with who speaks of it.
type spokenOf struct {
	appliance.Theme
	claims []int // ascending
	core   []int // those that stand for it
	people int
}

// few says whether a theme is the view of a minority.
func (w *writer) few(t spokenOf) bool {
	return t.people <= appliance.MinorityPeople && w.m.Counts.People >= appliance.MinorityOf
}

// spoken gives the themes in which anybody speaks, what most speak of first.
func (w *writer) spoken() []spokenOf {
	var list []spokenOf
	for i, theme := range w.themed.book.Themes {
		if claims := w.themed.claims[i]; len(claims) > 0 {
			of := spokenOf{theme, claims, claims, w.x.speakers(claims)}
			if w.themed.core != nil {
				of.core = w.themed.core[i]
			}
			list = append(list, of)
		}
	}
	appliance.Sort(list, func(a, b spokenOf) int { return b.people - a.people })
	return list
}

// themes says how many speak of each theme that is more than the view of a few.
func (w *writer) themes() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionThemes, Title: w.text.say("themes_title", 0)}
	var all []int
	for _, t := range w.spoken() {
		if w.few(t) {
			continue
		}
		all = union(all, t.claims)
		s.Sentences = append(s.Sentences, w.cite(w.text.say("theme_spoke", t.people, "n", t.people, "total",
			w.m.Counts.People, "title", t.Title), w.freshFirst(w.x.perPerson(w.x.shown(t.core))), quotesInSummary))
	}
	s.People = w.x.speakers(all)
	return s
}

// tensions names the themes over which people are divided, each side with claims of its own.
func (w *writer) tensions() appliance.ReportSection {
	s := appliance.ReportSection{Kind: appliance.SectionTensions, Title: w.text.say("tensions_title", 0)}
	var all []int
	for _, t := range w.spoken() {
		well, ill := w.x.standing(t.claims)
		if !divided(well, ill) {
			continue
		}
		all = union(all, union(well, ill))
		side := func(text string, claims []int) appliance.ReportSentence {
			return w.cite(text, w.freshFirst(w.x.shown(claims)), quotesInSummary)
		}
		s.Sentences = append(s.Sentences,
			side(w.text.say("tension_for", len(well), "n", len(well), "title", t.Title), well),
			side(w.text.say("tension_against", len(ill), "n", len(ill)), ill))
	}
	s.People = w.x.speakers(all)
	return s
}

// fewSpeak names the themes that are views of a few.
func (w *writer) fewSpeak() (list []appliance.ReportSentence, people int) {
	var all []int
	for _, t := range w.spoken() {
		if !w.few(t) {
			continue
		}
		all = union(all, t.claims)
		list = append(list, w.cite(w.text.say("minority_theme", t.people, "n", t.people, "total", w.m.Counts.People,
			"title", t.Title), w.freshFirst(w.x.perPerson(w.x.shown(t.core))), quotesInSummary))
	}
	return list, w.x.speakers(all)
}

// standing gives the claims (ascending) of people who speak well of what they are about, and of those who speak ill: the
// most telling one of each person, the most telling first. Who does both is on neither side.
func (x *index) standing(claims []int) (well, ill []int) {
	sides := map[int]int{} // by who: 1, -1, or 0 for both
	for _, c := range claims {
		who, now := x.claims[c].who, signs[x.claims[c].Stance]
		if before, known := sides[who]; now != 0 && known && before != now {
			sides[who] = 0
		} else if now != 0 && !known {
			sides[who] = now
		}
	}
	of := func(side int) []int {
		return x.perPerson(slices.DeleteFunc(slices.Clone(claims), func(c int) bool {
			return sides[x.claims[c].who] != side || signs[x.claims[c].Stance] != side
		}))
	}
	return of(1), of(-1)
}

// partly names those in whose conversations the model made nothing of use of some part.
func (w *writer) partly() string {
	const most = 6
	var names []string
	for _, n := range w.m.Partly {
		if len(names) == most {
			names = append(names, "…")
			break
		}
		names = append(names, Pseudonym(w.m.Language, n, ""))
	}
	if len(names) == 0 {
		return ""
	}
	return " " + w.text.say("parts_of", 0, "names", w.text.join(w.text.And, names))
}
