package web

import (
	"context"

	"harmonium/appliance"
)

// Tally counts what was answered to one question by its control, in the conversations that count.
type Tally struct {
	TopicID  *appliance.TopicID `json:"topic_id" nullable:"true"`
	Question string             `json:"question"`
	Control  Control            `json:"control"`
	Asked    int                `json:"asked" doc:"Conversations in which it was asked by the control"`
	Answered int                `json:"answered" doc:"Of them by the control; the others in own words or not at all"`
	Options  []OptionTally      `json:"options" doc:"In the order of the control's options; of a rating for the numbers from 1"`
	Mean     float64            `json:"mean" doc:"Of a rating; 0 without an answer"`
	Median   float64            `json:"median" doc:"Of a rating; 0 without an answer"`
}

// OptionTally counts the answers that name one option or number.
type OptionTally struct {
	Count int     `json:"count"`
	First int     `json:"first" doc:"Of a ranking: how often it came first"`
	Place float64 `json:"place" doc:"Of a ranking: its mean place, from 1; 0 without an answer"`
}

// Tallies are all of a session.
type Tallies struct {
	Data []Tally `json:"data"`
}

func (a *API) getTallies(ctx context.Context, in *SessionPath) (*Output[Tallies], error) {
	list, err := a.Store.Tallies(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := Tallies{make([]Tally, len(list))}
	for i, t := range list {
		out.Data[i] = Tally{TopicID: orNull(t.TopicID), Question: t.Question, Control: Control(t.Control), Asked: t.Asked,
			Answered: t.Answered, Options: make([]OptionTally, len(t.Options))}
		for j, o := range t.Options {
			out.Data[i].Options[j] = OptionTally(o)
		}
		if t.Control.Type == appliance.ControlRating {
			out.Data[i].Mean, out.Data[i].Median = t.Mean(), t.Median()
		}
	}
	return &Output[Tallies]{out}, nil
}
