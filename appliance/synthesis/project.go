package synthesis

import (
	"cmp"
	"math"
	"slices"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/store"
)

// SessionResults is what one session of a project brings to the results of the whole.
type SessionResults struct {
	Session appliance.Session
	Themes  store.ThemesOf // with claims
	Guide   appliance.Guide
	Results store.Results
	Claims  []store.CitedClaim
}

// ProjectResults is what the sessions of a project say together. Everything in it names the session that it comes from.
type ProjectResults struct {
	Recurring []Recurring // what most sessions have first
	Changes   []Change    // between the last two sessions, and of what recurs between the first and the last that have it
	Decisions []SessionStatement
	Open      []SessionStatement // gaps and tensions, the last session first
}

// Recurring is a theme of several sessions.
type Recurring struct {
	Title string // in the last session that has it
	In    []ThemeIn
}

// ThemeIn is a theme of one session.
type ThemeIn struct {
	Session appliance.SessionID
	Of      int // people of the session who have answered
	store.ThemeCount
}

// ChangeKind says what is different.
type ChangeKind string

// The kinds of changes.
const (
	ChangeAppeared ChangeKind = "appeared" // a theme of the last session is in none before it
	ChangeGone     ChangeKind = "gone"     // a theme of the session before is not in the last one
	ChangeMore     ChangeKind = "more"     // a greater part of the people speaks of it
	ChangeFewer    ChangeKind = "fewer"
	ChangeBetter   ChangeKind = "better" // mostly against it before, mostly for it now
	ChangeWorse    ChangeKind = "worse"
)

// Change is what differs between two sessions. Before is nil for what has appeared, and After for what has gone.
type Change struct {
	Kind          ChangeKind
	Before, After *ThemeIn
}

// StatementKind says what a statement is.
type StatementKind string

// The kinds of statements.
const (
	StatementDecision StatementKind = "decision"
	StatementGap      StatementKind = "gap"
	StatementTension  StatementKind = "tension"
)

// SessionStatement is a decision or an open question of one session, with the words that it rests on.
type SessionStatement struct {
	Session  appliance.SessionID
	Kind     StatementKind
	Text     string
	Evidence []Place
}

// Place is where in a conversation somebody said something.
type Place struct {
	Conversation appliance.ConversationID
	Number       int    // of the participant who says it; 0 when there is none
	Title        string // of the conversation
	store.CitedQuote
}

// The bounds of the results of a project.
const (
	recurs     = 0.25 // how alike the words of two themes are that are one, 0 to 1
	shareShift = 0.25 // of the people, by which a theme is more or less spoken of
	shareOf    = 5    // people from whom on a share says something
	leans      = 2    // claims by which more are for or against
)

// ProjectOf puts the results of sessions together, by rules. The sessions are those with results, the first made first.
// Two themes are the same when what people say in them is of the same words: sessions in different languages share none.
func ProjectOf(sessions []SessionResults) ProjectResults {
	p := ProjectResults{Recurring: []Recurring{}, Changes: []Change{}, Decisions: []SessionStatement{}, Open: []SessionStatement{}}
	groups := sameThemes(sessions)
	for _, g := range groups {
		if len(g) > 1 {
			p.Recurring = append(p.Recurring, Recurring{g[len(g)-1].Title, g})
		}
	}
	appliance.Sort(p.Recurring, func(a, b Recurring) int {
		return cmp.Or(cmp.Compare(len(b.In), len(a.In)), cmp.Compare(people(b.In), people(a.In)))
	})
	if len(sessions) > 1 {
		last, before := sessions[len(sessions)-1].Session.ID, sessions[len(sessions)-2].Session.ID
		for _, g := range groups {
			p.Changes = append(p.Changes, changes(g, before, last)...)
		}
	}
	for _, s := range slices.Backward(sessions) {
		p.state(s)
	}
	return p
}

func people(in []ThemeIn) (n int) {
	for _, t := range in {
		n += t.People
	}
	return n
}

// sameThemes gives the themes of all sessions, those that are the same side by side in the order of the sessions. The
// most alike ones come together first, and no two of the same session do.
func sameThemes(sessions []SessionResults) [][]ThemeIn {
	var themes []ThemeIn
	var said []map[string]float64
	for _, s := range sessions {
		for _, t := range s.Themes.Themes {
			themes = append(themes, ThemeIn{s.Session.ID, s.Themes.People, t})
			said = append(said, wordsOfTheme(s, t))
		}
	}
	weighThemes(said)
	type pair struct {
		a, b  int
		alike float64
	}
	var pairs []pair
	for b := range themes {
		for a := range b {
			if themes[a].Session == themes[b].Session {
				continue
			}
			if alike := cosine(said[a], said[b]); alike >= recurs {
				pairs = append(pairs, pair{a, b, alike})
			}
		}
	}
	appliance.Sort(pairs, func(x, y pair) int { return cmp.Compare(y.alike, x.alike) })
	group := make([]int, len(themes)) // of each theme: the first theme of its group
	for i := range group {
		group[i] = i
	}
	members := func(g int) (list []int) {
		for i, of := range group {
			if of == g {
				list = append(list, i)
			}
		}
		return list
	}
	for _, x := range pairs {
		a, b := members(group[x.a]), members(group[x.b])
		apart := slices.ContainsFunc(a, func(i int) bool {
			return slices.ContainsFunc(b, func(j int) bool { return themes[i].Session == themes[j].Session })
		})
		if group[x.a] == group[x.b] || apart {
			continue
		}
		first := min(group[x.a], group[x.b])
		for _, i := range append(a, b...) {
			group[i] = first
		}
	}
	var list [][]ThemeIn
	for i := range themes {
		if group[i] != i {
			continue
		}
		var g []ThemeIn
		for _, m := range members(i) {
			g = append(g, themes[m])
		}
		list = append(list, g)
	}
	return list
}

// wordsOfTheme is how often each stem comes in the title of a theme and in its claims, each claim once; with the language,
// so that words of different ones are never the same.
func wordsOfTheme(s SessionResults, t store.ThemeCount) map[string]float64 {
	words := map[string]float64{}
	add := func(language appliance.Language, text string, weight float64) {
		seen := map[string]bool{}
		for _, term := range extract.For(language).Terms(text) {
			if key := string(language) + " " + term.Stem; !seen[key] {
				seen[key] = true
				words[key] += weight
			}
		}
	}
	add(s.Themes.Language, t.Title, float64(1+len(t.Claims)))
	for _, c := range t.Claims {
		add(c.Language, c.Text, 1)
	}
	return words
}

// weighThemes gives words that come in few of the themes more weight.
func weighThemes(themes []map[string]float64) {
	in := map[string]int{}
	for _, words := range themes {
		for w := range words {
			in[w]++
		}
	}
	for _, words := range themes {
		for w, n := range words {
			words[w] = math.Log1p(n) * math.Log1p(float64(len(themes))/float64(in[w]))
		}
	}
}

func cosine(a, b map[string]float64) float64 {
	both, ofA, ofB := 0.0, 0.0, 0.0
	for w, x := range a {
		both += x * b[w]
		ofA += x * x
	}
	for _, x := range b {
		ofB += x * x
	}
	if both == 0 {
		return 0
	}
	return both / math.Sqrt(ofA*ofB)
}

// changes says what is different of a theme: in the last session, and between the first and the last that have it.
func changes(in []ThemeIn, before, last appliance.SessionID) (list []Change) {
	from, to := in[0], in[len(in)-1]
	switch {
	case len(in) == 1 && to.Session == last:
		return []Change{{Kind: ChangeAppeared, After: &to}}
	case to.Session == before:
		return []Change{{Kind: ChangeGone, Before: &to}}
	case len(in) == 1:
		return nil
	}
	change := func(kind ChangeKind) { list = append(list, Change{kind, &from, &to}) }
	if from.Of >= shareOf && to.Of >= shareOf {
		switch shift := to.share() - from.share(); {
		case shift >= shareShift:
			change(ChangeMore)
		case shift <= -shareShift:
			change(ChangeFewer)
		}
	}
	switch was, is := from.balance(), to.balance(); {
	case was <= -leans && is >= leans:
		change(ChangeBetter)
	case was >= leans && is <= -leans:
		change(ChangeWorse)
	}
	return list
}

func (t ThemeIn) share() float64 { return float64(t.People) / float64(t.Of) }

func (t ThemeIn) balance() int {
	return t.Stances[appliance.StanceFor] - t.Stances[appliance.StanceAgainst]
}

// state adds what was decided in a session and what is open after it.
func (p *ProjectResults) state(s SessionResults) {
	statement := func(kind StatementKind, text string, said []Place) SessionStatement {
		return SessionStatement{Session: s.Session.ID, Kind: kind, Text: text, Evidence: append([]Place{}, said...)}
	}
	k := KnowledgeOf(s.Guide, s.Results, s.Claims)
	for _, d := range k.Decisions {
		p.Decisions = append(p.Decisions, statement(StatementDecision, d.Description, d.Said))
	}
	for _, t := range k.Tensions {
		p.Open = append(p.Open, statement(StatementTension, t.Summary, t.Said))
	}
	for _, gap := range k.Gaps {
		p.Open = append(p.Open, statement(StatementGap, gap, nil))
	}
}
