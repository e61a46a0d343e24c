package synthesis

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// themed are the claims of an index in their themes.
type themed struct {
	book   appliance.Codebook
	claims [][]int // of each theme of the book, ascending
	core   [][]int // of them, those that use a word which the theme is called by; nil where a model has named it
	places map[appliance.ClaimID]appliance.ThemePlace

	refused  bool // a model was asked for themes and gave nothing of use
	unplaced int  // claims that a model has not been asked about yet
}

// themesByRules brings the themes of a session up to date without a model and gives them. Where a model has found themes
// they stay, and what is new is put to the theme that it is most like; otherwise the claims are divided anew, which takes
// milliseconds.
func (sy *Synthesis) themesByRules(ctx context.Context, m store.ReportMaterial, x *index) (themed, error) {
	book, places, ok, err := sy.store.Codebook(ctx, m.SessionID)
	if err != nil {
		return themed{}, err
	}
	given := x.given(m)
	if ok && book.Maker.Model() && len(book.Themes) > 0 {
		t := newThemed(x, book, places)
		changed := t.placeNew(x, given)
		return t, sy.store.PlaceClaims(ctx, m.SessionID, changed)
	}
	t := x.themes(given, textsFor(m.Language), seedOf(m))
	t.keep(x, book, places)
	t.book.SessionID, t.book.Asked, t.book.CreatedAt = m.SessionID, book.Asked, sy.clock()
	for i := range t.book.Themes {
		if t.book.Themes[i].CreatedAt.IsZero() {
			t.book.Themes[i].CreatedAt = t.book.CreatedAt
		}
	}
	var changed []appliance.ThemePlace
	for id, now := range t.places {
		if before, known := places[id]; before != now && (known || now.ThemeID != "") {
			changed = append(changed, now)
		}
	}
	appliance.Sort(changed, func(a, b appliance.ThemePlace) int { return strings.Compare(string(a.ClaimID), string(b.ClaimID)) })
	if len(changed) == 0 && sameBook(book, t.book) {
		return t, nil
	}
	return t, sy.store.SaveCodebook(ctx, m, t.book, changed)
}

// seedOf is the seed of the order in which the claims of m are shown: the same material is shown in the same order.
func seedOf(m store.ReportMaterial) int64 {
	var seed int64
	for _, b := range m.Hash[:min(4, len(m.Hash))] {
		seed = seed<<8 | int64(b)
	}
	return seed
}

// sameBook says whether two codebooks have the same themes, found in as much.
func sameBook(a, b appliance.Codebook) bool {
	return a.Maker == b.Maker && a.Claims == b.Claims && slices.EqualFunc(a.Themes, b.Themes, func(a, b appliance.Theme) bool {
		return a.ID == b.ID && a.Title == b.Title && a.Description == b.Description
	})
}

// given gives the words of what was asked, in every language that was answered in: they say nothing about the answers.
func (x *index) given(m store.ReportMaterial) map[int]bool {
	asked := m.Topic
	for _, g := range m.Guides {
		for _, t := range g.Topics {
			asked += "\n" + t.Title + "\n" + t.Question
		}
	}
	given := map[int]bool{}
	for _, language := range append(appliance.Languages(), m.Language) {
		for w := range x.wordsOf(language, asked) {
			given[w] = true
		}
	}
	return given
}

// themes divides the claims into themes by rules, and again in another order, which says how far the order matters.
func (x *index) themes(given map[int]bool, text texts, seed int64) themed {
	t := x.divide(given, text)
	t.book.Seed = seed
	again := x.shuffled(seed)
	other := again.divide(again.sameWords(x, given), text)
	titles := func(of themed) map[appliance.ThemeID]string {
		titles := map[appliance.ThemeID]string{}
		for _, theme := range of.book.Themes {
			titles[theme.ID] = theme.Title
		}
		return titles
	}
	first, second := titles(t), titles(other)
	for id, place := range t.places {
		t.book.Repeated++
		if first[place.ThemeID] == second[other.places[id].ThemeID] {
			t.book.Agreed++
		}
	}
	return t
}

// sameWords gives the numbers that words of another index have in x.
func (x *index) sameWords(other *index, words map[int]bool) map[int]bool {
	out := make(map[int]bool, len(words))
	for w := range words {
		out[x.number[string(other.words[w].language)+" "+other.words[w].stem]] = true
	}
	return out
}

// divide divides the claims into themes by rules.
func (x *index) divide(given map[int]bool, text texts) themed {
	t := themed{book: appliance.Codebook{Maker: rules()}, places: map[appliance.ClaimID]appliance.ThemePlace{}}
	for _, c := range x.claims {
		if !c.Prompted {
			t.book.Claims++
			t.places[c.ID] = appliance.ThemePlace{ClaimID: c.ID}
		}
	}
	for _, c := range x.clusters(given, mostThemes) {
		var words []string
		for _, w := range c.words {
			words = append(words, x.show(w))
		}
		theme := appliance.Theme{ID: appliance.NewThemeID(), Title: upperFirst(strings.Join(words, text.Comma)),
			Description: text.say("theme_by_words", 0, "words", text.list(text.Or, words)), Maker: rules()}
		t.book.Themes = append(t.book.Themes, theme)
		t.claims, t.core = append(t.claims, c.claims), append(t.core, c.core)
		for _, claim := range c.claims {
			id := x.claims[claim].ID
			t.places[id] = appliance.ThemePlace{ClaimID: id, ThemeID: theme.ID}
		}
	}
	return t
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// keep gives a theme the id that it had before: the one with the most of the same claims, if those are half of either.
func (t *themed) keep(x *index, before appliance.Codebook, places map[appliance.ClaimID]appliance.ThemePlace) {
	size := map[appliance.ThemeID]int{}
	for _, p := range places {
		size[p.ThemeID]++
	}
	old := map[appliance.ThemeID]appliance.Theme{}
	for _, theme := range before.Themes {
		old[theme.ID] = theme
	}
	for i := range t.book.Themes {
		shared := map[appliance.ThemeID]int{}
		for _, claim := range t.claims[i] {
			shared[places[x.claims[claim].ID].ThemeID]++
		}
		var best appliance.Theme
		for id, theme := range old {
			n := shared[id]
			if n*2 > min(size[id], len(t.claims[i])) && (n > shared[best.ID] || n == shared[best.ID] && id < best.ID) {
				best = theme
			}
		}
		if best.ID == "" {
			continue
		}
		delete(old, best.ID)
		t.book.Themes[i].ID, t.book.Themes[i].CreatedAt = best.ID, best.CreatedAt
		for _, claim := range t.claims[i] {
			id := x.claims[claim].ID
			t.places[id] = appliance.ThemePlace{ClaimID: id, ThemeID: best.ID}
		}
	}
}

// newThemed sorts the claims of an index into the themes in which they are placed.
func newThemed(x *index, book appliance.Codebook, places map[appliance.ClaimID]appliance.ThemePlace) themed {
	t := themed{book: book, places: places, claims: make([][]int, len(book.Themes))}
	at := map[appliance.ThemeID]int{}
	for i, theme := range book.Themes {
		at[theme.ID] = i
	}
	for i, c := range x.claims {
		if n, ok := at[places[c.ID].ThemeID]; ok && !c.Prompted {
			t.claims[n] = append(t.claims[n], i)
		}
	}
	return t
}

// placeNew puts claims that have no place yet to the theme that they are most like, and gives those places. It does not
// say of any that it belongs to none: a model is asked about those.
func (t *themed) placeNew(x *index, given map[int]bool) (changed []appliance.ThemePlace) {
	var unplaced []int
	for i, c := range x.claims {
		if _, placed := t.places[c.ID]; !placed && !c.Prompted {
			unplaced = append(unplaced, i)
		}
	}
	if len(unplaced) == 0 {
		return nil
	}
	like := make([]cluster, len(t.claims))
	for i, claims := range t.claims {
		like[i].core = claims
	}
	x.assign(like, unplaced, given)
	for i, c := range like {
		for _, claim := range c.claims {
			p := appliance.ThemePlace{ClaimID: x.claims[claim].ID, ThemeID: t.book.Themes[i].ID}
			t.places[p.ClaimID] = p
			changed = append(changed, p)
			t.claims[i] = append(t.claims[i], claim)
		}
		slices.Sort(t.claims[i])
	}
	return changed
}
