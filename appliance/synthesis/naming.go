package synthesis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/store"
)

// The bounds of what a model is asked about themes.
const (
	leastNamed   = 4   // claims, of fewer there is nothing to group
	namedClaims  = 60  // claims that it is shown when it names themes …
	placedClaims = 40  // … and when it puts claims into them
	maxTries     = 2   // how often a claim is put to the same themes before it stays without one
	titleWords   = 8   // of a theme
	themesTokens = 900 // of the answer: twenty themes
	placesTokens = 600 // of the answer: forty claims
	maxExtended  = 2   // how often in one run further themes are named
	tooMany      = 3   // one of so many claims that belong to no theme has further themes named
)

// namer has a model find the themes of a session and put every claim into one of them, or into none.
type namer struct {
	sy    *Synthesis
	m     store.ReportMaterial
	x     *index
	a     analyst
	spare *spare
	told  func() // after each time that the model was asked
	dice  *rand.Rand
	named bool // themes were named in this run
	themed
}

// themesByModel brings the themes of a session up to date with a model and gives them. A model names themes out of claims
// that it is shown in no order; then every claim is put to that closed set, and those that came to none a second time, in
// another order. What is new is put to the themes that are there; where much belongs to none, further ones are named from
// that. Each answer is kept at once, so that an interrupted run goes on. Where the model names nothing of use, rules find
// the themes and refused says so. An error means that the model cannot be asked now.
func (sy *Synthesis) themesByModel(ctx context.Context, m store.ReportMaterial, x *index, a analyst, spare *spare, told func(),
) (themed, error) {
	book, places, ok, err := sy.store.Codebook(ctx, m.SessionID)
	if err != nil {
		return themed{}, err
	}
	seed := seedOf(m)
	n := &namer{sy: sy, m: m, x: x, a: a, spare: spare, told: told, dice: rand.New(rand.NewPCG(uint64(seed), 1))}
	voices := x.voices()
	asked := themesAsked(a, m)
	switch {
	case len(voices) < leastNamed:
		return sy.themesByRules(ctx, m, x)
	case ok && book.Asked == asked && book.Maker.Model():
		n.themed = newThemed(x, book, places)
	case ok && book.Asked == asked && !grown(book.Claims, len(voices)):
		return n.byRules(ctx)
	default:
		n.themed = newThemed(x, appliance.Codebook{Maker: a.themes, Asked: asked, Seed: seed, Claims: len(voices)}, nil)
		n.places = map[appliance.ClaimID]appliance.ThemePlace{}
		if err := n.name(ctx, voices); err != nil || len(n.book.Themes) == 0 {
			if err != nil {
				return themed{}, err
			}
			return n.byRules(ctx)
		}
	}
	waiting := map[int]bool{}
	for _, c := range n.waiting(0) {
		waiting[x.claims[c].who] = true
	}
	spare.left += asksEach * max(1, len(waiting))
	if err := n.place(ctx); err != nil {
		return themed{}, err
	}
	return n.themed, n.likeness(ctx)
}

// themesAsked says who is asked for themes, and what: they are found anew where it differs.
func themesAsked(a analyst, m store.ReportMaterial) string { return a.themes.Key() + wishKey(m) }

// wishKey differs between what hosts have written; "" for nothing.
func wishKey(m store.ReportMaterial) string {
	text := wish(m)
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return " " + hex.EncodeToString(sum[:6])
}

// byRules has rules find the themes, since the model gave nothing of use.
func (n *namer) byRules(ctx context.Context) (themed, error) {
	t, err := n.sy.themesByRules(ctx, n.m, n.x)
	if err != nil {
		return t, err
	}
	t.refused = true
	if asked := themesAsked(n.a, n.m); t.book.Asked != asked {
		t.book.Asked = asked
		err = n.sy.store.SaveCodebook(ctx, n.m, t.book, nil)
	}
	return t, err
}

// voices gives the claims that are voices of their own, ascending.
func (x *index) voices() []int {
	list := make([]int, 0, len(x.claims))
	for i, c := range x.claims {
		if !c.Prompted {
			list = append(list, i)
		}
	}
	return list
}

// name has the model name themes out of some of claims, in the place of none and beside those that are there.
func (n *namer) name(ctx context.Context, claims []int) error {
	data := struct {
		Language, Topic, Wish string
		Most                  int
		Have, Points          []string
	}{Language: prompt.Language(n.language()), Topic: n.m.Topic, Wish: wish(n.m), Most: themesFor(len(n.x.voices())) - len(n.book.Themes)}
	for _, t := range n.book.Themes {
		data.Have = append(data.Have, t.Title)
	}
	for _, c := range n.sample(claims) {
		data.Points = append(data.Points, n.x.claims[c].Text)
	}
	if len(data.Points) == 0 || data.Most < 1 {
		return nil
	}
	var got struct {
		Themes []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
		} `json:"themes"`
	}
	var found []appliance.Theme
	p := themesPrompt()
	_, err := n.sy.models.Ask(ctx, forAnalyst(string(n.m.SessionID), n.a.choice, p.Render(data), themesTokens), p.Schema, &got, func() error {
		found = nil
		for _, t := range got.Themes[:min(len(got.Themes), data.Most)] {
			if theme, ok := n.theme(t.Title, t.Description, append(slices.Clone(n.book.Themes), found...)); ok {
				found = append(found, theme)
			}
		}
		if len(found) == 0 && len(n.book.Themes) == 0 {
			return errors.New("no theme keeps to the rules")
		}
		return nil
	})
	n.spare.spend(1)
	n.told()
	if err != nil {
		if away(err) {
			return err
		}
		return nil
	}
	var changed []appliance.ThemePlace
	if len(n.book.Themes) == 0 {
		changed = n.byTitle(found)
	}
	n.book.SessionID, n.book.Themes, n.named = n.m.SessionID, append(n.book.Themes, found...), len(found) > 0
	n.book.Claims, n.book.CreatedAt = len(n.x.voices()), n.sy.clock()
	for id, p := range n.places { // what belongs to none of the others is put to all of them again
		if p.ThemeID == "" && p.Tries >= maxTries && len(found) > 0 {
			p.Tries = maxTries - 1
			n.places[id] = p
			changed = append(changed, p)
		}
	}
	return n.sy.store.SaveCodebook(ctx, n.m, n.book, changed)
}

// byTitle puts claims to the theme whose title they are most like, until the model is asked where each belongs: the page
// does not empty meanwhile.
func (n *namer) byTitle(found []appliance.Theme) (changed []appliance.ThemePlace) {
	voices, given := n.x.voices(), n.x.given(n.m)
	like := make([]cluster, len(found))
	for i, t := range found {
		title := n.x.wordsOf(n.language(), t.Title)
		for _, c := range voices {
			if slices.ContainsFunc(n.x.claims[c].words, func(w int) bool { return title[w] && !given[w] }) {
				like[i].core = append(like[i].core, c)
			}
		}
	}
	n.x.assign(like, voices, given)
	for i, t := range like {
		for _, c := range t.claims {
			p := appliance.ThemePlace{ClaimID: n.x.claims[c].ID, ThemeID: found[i].ID}
			n.places[p.ClaimID] = p
			changed = append(changed, p)
		}
	}
	return changed
}

func (n *namer) language() appliance.Language { return n.m.Language.Or(appliance.English) }

// sample gives claims to name themes from, in no order: the most telling one of each person, then the second ones, as many
// as the model is shown at once. What may not be shown is not shown to it either.
func (n *namer) sample(claims []int) []int {
	rest := n.x.shown(claims)
	var out []int
	bytes := 0
	for len(rest) > 0 {
		round := n.x.perPerson(rest)
		n.dice.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
		taken := map[int]bool{}
		for _, c := range round {
			taken[c] = true
			if bytes += len(n.x.claims[c].Text) + 4; len(out) == namedClaims || len(out) > 0 && bytes > groupBytes {
				return out
			}
			out = append(out, c)
		}
		rest = slices.DeleteFunc(rest, func(c int) bool { return taken[c] })
	}
	return out
}

// theme makes a theme of what a model calls it; false when that is no title, or one of before says the same. A description
// that cannot stand is left out.
func (n *namer) theme(title, description string, before []appliance.Theme) (appliance.Theme, bool) {
	title = strings.TrimRight(strings.Join(strings.Fields(title), " "), ".:")
	var p appliance.Problems
	appliance.CheckLine(&p, "", title, 10*titleWords, true)
	words := appliance.Words(title)
	if len(p) > 0 || words == 0 || words > titleWords || marked(title) || counts(n.language(), title) || everythingElse.MatchString(title) {
		return appliance.Theme{}, false
	}
	lexicon := extract.For(n.language())
	if slices.ContainsFunc(before, func(t appliance.Theme) bool {
		return strings.EqualFold(t.Title, title) || lexicon.Alike(t.Title, title) > tooAlike
	}) {
		return appliance.Theme{}, false
	}
	description = strings.TrimSpace(description)
	if !wellWorded(n.language(), description) || marked(description) || counts(n.language(), description) {
		description = ""
	}
	return appliance.Theme{ID: appliance.NewThemeID(), Title: upperFirst(title), Description: description, Maker: n.a.themes,
		CreatedAt: n.sy.clock()}, true
}

// marked says whether a text holds quotation marks, or marks of a prompt: a theme quotes nobody.
func marked(text string) bool {
	parts, closed := quotedParts(text)
	return len(parts) > 0 || !closed || leaked.MatchString(text) || strings.ContainsFunc(text, odd)
}

// everythingElse matches titles for what belongs to no theme: that is what none is for.
var everythingElse = regexp.MustCompile(`(?i)^(?:other|others|miscellaneous|various|general|none|sonstiges|anderes|verschiedenes|allgemeines|autres?|divers|` +
	`otros?|varios|general(?:es)?|інше|різне|загальне|أخرى|متفرقات|غير ذلك)$`)

// place puts claims into themes: those that were never put to them, then once more those that came to none.
func (n *namer) place(ctx context.Context) error {
	for extended := 0; ; extended++ {
		for try := range maxTries {
			if err := n.try(ctx, try); err != nil {
				return err
			}
		}
		if err := n.measure(ctx); err != nil {
			return err
		}
		voices, none := len(n.x.voices()), n.waiting(maxTries)
		more := (n.named || grown(n.book.Claims, voices)) && len(n.book.Themes) < themesFor(voices) && len(none)*tooMany >= voices
		if extended == maxExtended || !more || !n.spare.has(2) {
			return nil
		}
		n.named = false
		if err := n.name(ctx, none); err != nil || !n.named {
			return err
		}
	}
}

// waiting gives the claims that may be shown and are in no theme, or where only rules have put them, after the model was
// asked so often.
func (n *namer) waiting(tries int) []int {
	return slices.DeleteFunc(n.x.shown(n.x.voices()), func(c int) bool {
		p := n.places[n.x.claims[c].ID]
		return p.Tries != tries || p.ByModel && p.ThemeID != ""
	})
}

// try puts the claims to the themes that were put to them so often. Where the model is to be asked little, those that came
// to none wait for others.
func (n *namer) try(ctx context.Context, tries int) error {
	list := n.waiting(tries)
	if tries > 0 && n.spare.limited && !n.named && len(list)*2 < placedClaims {
		return nil
	}
	n.dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for len(list) > 0 && n.spare.has(1) {
		batch := list[:n.fitting(list)]
		list = list[len(batch):]
		at, err := n.ask(ctx, batch)
		if err != nil {
			return err
		}
		var changed []appliance.ThemePlace
		for i, c := range batch {
			id := n.x.claims[c].ID
			p := appliance.ThemePlace{ClaimID: id, ByModel: true, Tries: tries + 1}
			if at[i] >= 0 {
				p.ThemeID = n.book.Themes[at[i]].ID
			}
			n.places[id] = p
			changed = append(changed, p)
		}
		if err := n.sy.store.PlaceClaims(ctx, n.m.SessionID, changed); err != nil {
			return err
		}
		n.themed = newThemed(n.x, n.book, n.places)
	}
	return nil
}

func (n *namer) fitting(claims []int) int {
	bytes := 0
	for i, c := range claims {
		if bytes += len(n.x.claims[c].Text) + 8; i == placedClaims || i > 0 && bytes > groupBytes {
			return i
		}
	}
	return len(claims)
}

// ask puts claims to the themes and gives the theme of each: an index, or -1 for none. A claim that the model leaves out
// or puts where there is no theme belongs to none. Themes stand in another order each time.
func (n *namer) ask(ctx context.Context, claims []int) ([]int, error) {
	type line struct {
		Number                   int
		Title, Description, Text string
	}
	var data struct{ Themes, Points []line }
	order := n.dice.Perm(len(n.book.Themes))
	for i, t := range order {
		data.Themes = append(data.Themes, line{Number: i + 1, Title: n.book.Themes[t].Title, Description: n.book.Themes[t].Description})
	}
	for i, c := range claims {
		data.Points = append(data.Points, line{Number: i + 1, Text: n.x.claims[c].Text})
	}
	var got struct {
		Places []struct {
			Point int `json:"point"`
			Theme int `json:"theme"`
		} `json:"places"`
	}
	p := placesPrompt()
	_, err := n.sy.models.Ask(ctx, forAnalyst(string(n.m.SessionID), n.a.choice, p.Render(data), placesTokens), p.Schema, &got, nil)
	n.spare.spend(1)
	n.told()
	at := slices.Repeat([]int{-1}, len(claims))
	if err != nil && away(err) {
		return nil, err
	} else if err != nil {
		return at, nil
	}
	for _, g := range got.Places {
		if g.Point >= 1 && g.Point <= len(claims) && g.Theme >= 1 && g.Theme <= len(order) {
			at[g.Point-1] = order[g.Theme-1]
		}
	}
	return at, nil
}

// measure puts some of the claims that are in themes to them again, in another order, once after themes were named: how
// many come to the same theme says how stable the themes are.
func (n *namer) measure(ctx context.Context) error {
	if n.book.Repeated > 0 || !n.spare.has(1) {
		return nil
	}
	var placed []int
	for _, c := range n.x.shown(n.x.voices()) {
		if p := n.places[n.x.claims[c].ID]; p.ByModel && p.ThemeID != "" {
			placed = append(placed, c)
		}
	}
	if len(placed) == 0 {
		return nil
	}
	n.dice.Shuffle(len(placed), func(i, j int) { placed[i], placed[j] = placed[j], placed[i] })
	placed = placed[:n.fitting(placed)]
	at, err := n.ask(ctx, placed)
	if err != nil {
		return err
	}
	for i, c := range placed {
		n.book.Repeated++
		if at[i] >= 0 && n.book.Themes[at[i]].ID == n.places[n.x.claims[c].ID].ThemeID {
			n.book.Agreed++
		}
	}
	return n.sy.store.SaveCodebook(ctx, n.m, n.book, nil)
}

// likeness puts claims that the model has not been asked about to the theme that they are most like, and counts them.
func (n *namer) likeness(ctx context.Context) error {
	changed := n.placeNew(n.x, n.x.given(n.m))
	for _, c := range n.x.shown(n.x.voices()) {
		if n.places[n.x.claims[c].ID].Tries == 0 {
			n.unplaced++
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return n.sy.store.PlaceClaims(ctx, n.m.SessionID, changed)
}

// themesMaker is a model that finds themes with the prompts as they are now.
func themesMaker(model inference.Model) appliance.Maker {
	return model.Maker(themesPrompt().Version() + "+" + placesPrompt().Version())
}
