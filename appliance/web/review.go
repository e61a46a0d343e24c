package web

import (
	"context"

	"harmonium/appliance"
	"harmonium/appliance/auth"
)

// ReviewRequest is what a participant decides about the own conversation. Sending it again changes nothing more, and
// what is left out stays as it is.
type ReviewRequest struct {
	Use    *appliance.Use `json:"use,omitempty" enum:"quote,paraphrase,count" doc:"For everything, in the place of what was chosen for single points"`
	Rating *int           `json:"rating,omitempty" minimum:"1" maximum:"4" doc:"How well one was understood"`
	Points []PointReview  `json:"points,omitempty" maxItems:"20"`
	Done   bool           `json:"done,omitempty" doc:"The conversation may be closed"`
}

// PointReview is the decision about one point.
type PointReview struct {
	ID    appliance.PointID     `json:"id"`
	State *appliance.PointState `json:"state,omitempty" enum:"open,approved,edited,dropped" doc:"dropped takes the words back: they are erased when the conversation is over, and at once when it is"`
	Text  string                `json:"text,omitempty" doc:"With edited: how one says it now, 1 to 10,000 characters"`
	Use   *appliance.Use        `json:"use,omitempty" enum:"quote,paraphrase,count"`
}

// Reviewed is what was decided so far.
type Reviewed struct {
	Use       appliance.Use `json:"use" enum:"quote,paraphrase,count"`
	Rating    int           `json:"rating" doc:"0 when not told"`
	Points    []Point       `json:"points"`
	Withdrawn int           `json:"withdrawn" doc:"Points of which this has erased the words, for good"`
}

// reviewConversation stores decisions. 200 means that they are on the disk; what they let be shown less is shown no
// more from then on, and results are made anew.
func (a *API) reviewConversation(ctx context.Context, in *Input[ReviewRequest]) (*Output[Reviewed], error) {
	seat := callerOf(ctx).Seat
	if wait := a.messages.Take(string(seat.ConversationID)); wait > 0 {
		return nil, auth.TooOften(wait)
	}
	r := appliance.Review{Done: in.Body.Done}
	set(&r.Use, in.Body.Use)
	set(&r.Rating, in.Body.Rating)
	for _, p := range in.Body.Points {
		c := appliance.PointReview{ID: p.ID, Text: p.Text}
		set(&c.State, p.State)
		set(&c.Use, p.Use)
		r.Points = append(r.Points, c)
	}
	out, err := a.Engine.Review(ctx, seat, r)
	if err != nil {
		return nil, err
	}
	return &Output[Reviewed]{Reviewed{out.Use, out.Rating, pointsOut(out.Points), out.Withdrawn}}, nil
}

// withdrawConversation erases everything that a participant said and gave, at their wish, and has results made anew.
func (a *API) withdrawConversation(ctx context.Context, _ *struct{}) (*Output[Deletion], error) {
	a.Voice.Forget(callerOf(ctx).Seat.ConversationID)
	d, waits, err := a.Engine.TakeBack(ctx, callerOf(ctx).Seat)
	if err != nil {
		return nil, err
	}
	out := deletionOf(d)
	if out.Waits = waits; waits {
		out.FinishedAt = Time{a.Clock()}
	}
	return &Output[Deletion]{out}, nil
}
