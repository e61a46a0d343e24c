package synthesis

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/extract"
	"harmonium/appliance/inference"
	"harmonium/appliance/prompt"
	"harmonium/appliance/quote"
)

// The bounds of what a model draws from one part of a conversation.
const (
	maxPoints    = 8
	claimsTokens = 900 // of the answer: eight points with their quotations
)

// point is what a model answers: what somebody said, and where.
type point struct {
	Claim string `json:"claim"`
	Quote string `json:"quote"`
	Turn  int    `json:"turn"`
	// Stance is how the person stands to it; what is none of the stances, or missing, is judged by words.
	Stance appliance.Stance `json:"stance"`
}

type points struct {
	Points []point `json:"points"`
}

// reader draws the claims of one conversation with a model.
type reader struct {
	language appliance.Language
	lexicon  *extract.Lexicon
	maker    appliance.Maker
	said     []appliance.Turn                                   // of the participant, that say something; the turn [T1] is said[0]
	draw     func(appliance.Language, []appliance.Turn) drawing // by rules
	speaker  map[appliance.TurnID]appliance.SpeakerID           // of said
	weights  extract.Weights
	drawn    drawing
}

func (sy *Synthesis) newReader(language appliance.Language, maker appliance.Maker, said []appliance.Turn) *reader {
	r := &reader{language: language, lexicon: extract.For(language), maker: maker, said: said, draw: sy.draw,
		speaker: map[appliance.TurnID]appliance.SpeakerID{}}
	var texts []string
	for _, t := range said {
		r.speaker[t.ID] = t.Speaker
		texts = append(texts, t.Content)
	}
	r.weights = r.lexicon.Weigh(texts...)
	return r
}

// asked is what the model is told about one window.
func (r *reader) asked(w Window) string {
	return claimsPrompt().Render(struct {
		Language string
		Most     int
		Lines    []Line
	}{prompt.Language(r.language), maxPoints, w.Lines})
}

// read has the model draw from one window, and gives its answer as it is kept (see again). An error means that the model
// cannot be asked now; when it answered and the answer is of no use, twice, rules draw from this window, and byRules says
// so.
func (r *reader) read(ctx context.Context, models *inference.Gateway, owner string, choice appliance.ModelChoice, w Window,
) (answer string, byRules bool, err error) {
	var got points
	var found []appliance.Claim
	_, err = models.Ask(ctx, forAnalyst(owner, choice, r.asked(w), claimsTokens), claimsPrompt().Schema, &got, func() error {
		var refused int
		found, refused = r.locate(got.Points)
		r.drawn.discarded += refused // in each answer, also when it is asked for anew
		if len(found) == 0 && len(got.Points) > 0 {
			return errors.New("no quotation was found in its source")
		}
		return nil
	})
	switch {
	case err == nil:
		r.add(found)
		kept, err := json.Marshal(got)
		return string(kept), false, err
	case away(err):
		return "", false, err
	}
	r.byRules(w.Said)
	return "", true, nil
}

// again takes up what the model answered before. It passes the quote gate again: what was kept is no proof.
func (r *reader) again(answer string) {
	var kept points
	if json.Unmarshal([]byte(answer), &kept) != nil {
		return
	}
	found, refused := r.locate(kept.Points)
	r.drawn.discarded += refused
	r.add(found)
}

// away says whether an error means that the model cannot be asked now, so that it is worth asking again later. An
// answer that is of no use, and a part that is too long for the model, will be so again.
func away(err error) bool {
	switch inference.KindOf(err) {
	case inference.Malformed, inference.CutOff, inference.TooLong, inference.Remote:
		return false
	}
	return err != nil
}

// locate passes the quotations of points through the quote gate and makes claims of those that are found.
func (r *reader) locate(list []point) (claims []appliance.Claim, refused int) {
	for _, p := range list[:min(len(list), maxPoints)] {
		sources := r.sources(p.Turn)
		span, ok := quote.Locate(strings.TrimSpace(p.Quote), sources)
		if !ok {
			refused++
			continue
		}
		i := slices.IndexFunc(r.said, func(t appliance.Turn) bool { return string(t.ID) == sources[span.Source].ID })
		turn := r.said[i]
		words := turn.Content[span.Start:span.End]
		text, ok := r.worded(p.Claim, words, turn.Content)
		if !ok {
			continue
		}
		claims = append(claims, appliance.Claim{
			ID: appliance.NewClaimID(), TopicID: turn.TopicID, Text: text, Verbatim: quote.Verbatim(text, turn.Content), Salience: r.lexicon.Salience(words, r.weights),
			Stance: r.stance(p, text, words), Maker: r.maker,
			Quotes: []appliance.Quote{{
				ID:     appliance.NewQuoteID(),
				Span:   appliance.Span{TurnID: turn.ID, Start: span.Start, End: span.End},
				Method: string(span.Method), Score: span.Score,
			}},
		})
	}
	return claims, refused
}

// stance is how somebody stands to what a claim is about: as the model says, where it does, else by the words of the
// claim, else by those of the quotation.
func (r *reader) stance(p point, text, words string) appliance.Stance {
	if p.Stance.Valid() {
		return p.Stance
	}
	if s := stance(r.lexicon, text); s != appliance.StanceNeutral {
		return s
	}
	return stance(r.lexicon, words)
}

// sources gives the turns of the participant, the claimed one first. Where several speak it is those of whoever says the
// claimed one: nobody is quoted with the words of somebody else.
func (r *reader) sources(claimed int) []quote.Source {
	list := make([]quote.Source, 0, len(r.said)+1)
	if claimed >= 1 && claimed <= len(r.said) {
		t := r.said[claimed-1]
		list = append(list, quote.Source{ID: string(t.ID), Text: t.Content})
	}
	for i, t := range r.said {
		if i != claimed-1 && (len(list) == 0 || r.said[claimed-1].Speaker == t.Speaker) {
			list = append(list, quote.Source{ID: string(t.ID), Text: t.Content})
		}
	}
	return list
}

// worded gives the text of a claim: the model's, where it is one sentence that shares a word that carries meaning with
// the turn in which its quotation stands, else the quotation itself; false when that is too much or too little.
func (r *reader) worded(claim, words, turn string) (string, bool) {
	claim = strings.TrimSpace(claim)
	if _, closed := quotedParts(claim); closed && wellWorded(r.language, claim) && r.shares(claim, turn) {
		return claim, true
	}
	words = strings.Join(strings.Fields(words), " ")
	return words, len(words) <= maxQuoteText && appliance.Words(words) >= minWords
}

// shares says whether two texts have a word that carries meaning in common. A language of which no words are known is
// taken at its word.
func (r *reader) shares(a, b string) bool {
	if !r.language.Valid() {
		return true
	}
	stems := map[string]bool{}
	for _, t := range r.lexicon.Terms(b) {
		stems[t.Stem] = true
	}
	return slices.ContainsFunc(r.lexicon.Terms(a), func(t extract.Term) bool { return stems[t.Stem] })
}

// add takes up claims that do not say again what their speaker is known to say already.
func (r *reader) add(claims []appliance.Claim) {
	for _, c := range claims {
		again := slices.ContainsFunc(r.drawn.claims, func(have appliance.Claim) bool {
			return r.speakerOf(have) == r.speakerOf(c) &&
				(r.lexicon.Alike(have.Text, c.Text) > tooAlike || overlaps(have.Quotes[0].Span, c.Quotes[0].Span))
		})
		if !again {
			r.drawn.claims = append(r.drawn.claims, c)
			r.drawn.located++
		}
	}
}

// speakerOf gives whose point a claim is; "" in an interview.
func (r *reader) speakerOf(c appliance.Claim) appliance.SpeakerID {
	return r.speaker[c.Quotes[0].Span.TurnID]
}

// overlaps says whether more than half of the shorter of two places lies in both.
func overlaps(a, b appliance.Span) bool {
	both := min(a.End, b.End) - max(a.Start, b.Start)
	return a.TurnID == b.TurnID && both*2 > min(a.End-a.Start, b.End-b.Start)
}

// byRules draws from turns by rules.
func (r *reader) byRules(turns []appliance.Turn) {
	d := r.draw(r.language, turns)
	for i := range d.claims {
		d.claims[i].Maker = rules()
	}
	r.drawn.discarded += d.discarded
	r.add(d.claims)
}

// complete has rules draw from what the model left out altogether: a person without any claim, a topic that was
// answered in telling words, and a decision or promise.
func (r *reader) complete() {
	d := r.draw(r.language, r.said)
	type part struct {
		speaker appliance.SpeakerID
		topic   appliance.TopicID
	}
	covered := map[part]bool{}
	heard := map[appliance.SpeakerID]bool{}
	for _, c := range r.drawn.claims {
		covered[part{r.speakerOf(c), c.TopicID}] = true
		heard[r.speakerOf(c)] = true
	}
	for _, c := range d.claims {
		of := part{r.speakerOf(c), c.TopicID}
		untold := !covered[of] && c.TopicID != "" && c.Salience >= minSalience
		if !heard[of.speaker] || untold || r.lexicon.Binds(c.Text) {
			c.Maker = rules()
			covered[of] = true
			r.add([]appliance.Claim{c})
		}
	}
	place := map[appliance.TurnID]int{}
	for i, t := range r.said {
		place[t.ID] = i
	}
	appliance.Sort(r.drawn.claims, func(a, b appliance.Claim) int {
		x, y := a.Quotes[0].Span, b.Quotes[0].Span
		if x.TurnID != y.TurnID {
			return place[x.TurnID] - place[y.TurnID]
		}
		return x.Start - y.Start
	})
}
