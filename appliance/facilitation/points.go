package facilitation

import (
	"context"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/inference"
	"harmonium/appliance/quote"
)

// pickTokens is how long the answer of a model that picks the points of a read-back may be: five sentences.
const pickTokens = 500

// leastPoints is how many points a model is asked for, where so much was said.
const leastPoints = 3

// pickedQuotes is a model's answer by prompts/points.schema.json.
type pickedQuotes struct {
	Quotes []string `json:"quotes"`
}

// pick has a model pick the points of a read-back. They stand over the participant's own words as those of rules do:
// what a model has made of them is shown to nobody. It leaves n without points, so that rules pick, when there is not
// enough to choose from, the model does not answer in time, or one single sentence is not found where it should stand.
func (a *attendance) pick(n *thought, r inference.Request, h history) error {
	own := ofParticipant(h.turns)
	least := min(leastPoints, len(n.plan.ReadBack(own)))
	if least < leastPoints {
		return nil // nothing is left to choose
	}
	p := allPrompts().points
	instruction := p.Render(map[string]any{"Least": least})
	r.Messages = n.messages(h, instruction)
	r.MaxTokens, r.Temperature = pickTokens, 0
	var got pickedQuotes
	answer, err := a.ask(r, nil, func(ctx context.Context, r inference.Request, _ func(string) error) (inference.Answer, error) {
		return a.Models.Ask(ctx, r, p.Schema, &got, nil)
	})
	if err != nil {
		if kind := inference.KindOf(err); kind == inference.CutOff || kind == inference.Malformed {
			return nil
		}
		return a.givenUp(r, err)
	}
	if points, ok := n.plan.located(got.Quotes, own, least); ok {
		n.points, n.picked = points, answer.Model.Maker(p.Version())
		return nil
	}
	a.Log.Info("the points that the model picked were not used", "conversation", string(a.k.id), "model", a.model.Name)
	return nil
}

// located makes points of sentences that a model gave as a participant's; false unless every one of them is found word
// for word in a turn, tells something, and none covers another.
func (p *Plan) located(quotes []string, own []appliance.Turn, least int) (points []appliance.Point, ok bool) {
	if len(quotes) < least || len(quotes) > maxPoints {
		return nil, false
	}
	sources := make([]quote.Source, len(own))
	for i, t := range own {
		sources[i] = quote.Source{ID: string(t.ID), Text: t.Content}
	}
	for _, text := range quotes {
		at, found := quote.Locate(strings.TrimSpace(text), sources)
		if !found || at.Method == quote.Snapped || at.End-at.Start > maxQuoted {
			return nil, false
		}
		turn := own[at.Source]
		point := p.pointOver(turn, at, p.index(turn.TopicID))
		if a := Assess(p.language, point.Quote.Text); a.Depth == 0 || a.Bare || a.Stop || a.Hard || a.Abuse || covers(points, point) {
			return nil, false
		}
		points = append(points, point)
	}
	return points, true
}

// covers says whether a point has words in common with one of a list.
func covers(list []appliance.Point, p appliance.Point) bool {
	for _, have := range list {
		if have.Quote.TurnID == p.Quote.TurnID && have.Quote.Start < p.Quote.End && p.Quote.Start < have.Quote.End {
			return true
		}
	}
	return false
}
