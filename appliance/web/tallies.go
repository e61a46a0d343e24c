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
	Chosen   bool               `json:"chosen" doc:"By the facilitator for a follow-up, so that only some were asked; else it stands in the guide. These stand last"`
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
	Data       []Tally     `json:"data"`
	Form       []FormTally `json:"form" doc:"What was answered to the questions of the form that are not answered in words, by people who have said something"`
	Understood Understood  `json:"understood"`
}

// FormTally counts what was answered to one question of the form.
type FormTally struct {
	Question string              `json:"question"`
	Type     appliance.FieldType `json:"type" enum:"Options,Multiple,Rating,Number,Date,Consent"`
	Answered int                 `json:"answered" doc:"People who chose something"`
	Options  []FormOption        `json:"options" doc:"Of a rating the numbers from 1, of numbers each or ranges of them, of dates days, months or years, of a tick true and false"`
	Mean     *float64            `json:"mean" nullable:"true" doc:"Of numbers"`
	Median   *float64            `json:"median" nullable:"true" doc:"Of numbers"`
}

// FormOption counts the answers that name one option or number.
type FormOption struct {
	Label string `json:"label"`
	Count int    `json:"count"`
}

// Understood is how well participants of the conversations that count say that they were understood.
type Understood struct {
	Rated  int   `json:"rated" doc:"How many have told"`
	Counts []int `json:"counts" doc:"How often each of the numbers 1, badly, to 4, very well; empty where too few have told for who asks"`
	Least  int   `json:"least" doc:"So many must have told before somebody who may only view the session sees the counts"`
}

func (a *API) getTallies(ctx context.Context, in *SessionPath) (*Output[Tallies], error) {
	out, err := keep(ctx, a, page{name: "tallies"}, in.ID, func() (Tallies, error) { return a.talliesOf(ctx, in.ID) })
	if err != nil {
		return nil, err
	}
	edits, err := a.edits(ctx, in.ID)
	if !edits && out.Body.Understood.Rated < out.Body.Understood.Least {
		out.Body.Understood.Counts = []int{}
	}
	return out, err
}

// talliesOf counts all there is to count.
func (a *API) talliesOf(ctx context.Context, id appliance.SessionID) (out Tallies, err error) {
	list, err := a.Store.Tallies(ctx, id)
	if err != nil {
		return out, err
	}
	out.Data = make([]Tally, len(list))
	for i, t := range list {
		out.Data[i] = Tally{TopicID: orNull(t.TopicID), Question: t.Question, Control: Control(t.Control), Chosen: t.Chosen, Asked: t.Asked,
			Answered: t.Answered, Options: make([]OptionTally, len(t.Options))}
		for j, o := range t.Options {
			out.Data[i].Options[j] = OptionTally(o)
		}
		if t.Control.Type == appliance.ControlRating {
			out.Data[i].Mean, out.Data[i].Median = t.Mean(), t.Median()
		}
	}
	form, err := a.Store.FormTallies(ctx, id)
	if err != nil {
		return out, err
	}
	out.Form = make([]FormTally, len(form))
	for i, f := range form {
		out.Form[i] = FormTally{Question: f.Text, Type: f.Type, Answered: f.People, Options: make([]FormOption, len(f.Options))}
		for j, o := range f.Options {
			out.Form[i].Options[j] = FormOption{o.Text, o.People}
		}
		if mean, median, ok := appliance.Middle(f.Numbers); ok {
			out.Form[i].Mean, out.Form[i].Median = &mean, &median
		}
	}
	out.Understood, err = a.understood(ctx, id)
	return out, err
}

// understood counts the ratings. Of few people a viewer could tell who gave which, and is not told (getTallies); whoever leads
// the session reads the rating in its conversation.
func (a *API) understood(ctx context.Context, id appliance.SessionID) (Understood, error) {
	counts, err := a.Store.Ratings(ctx, id)
	if err != nil {
		return Understood{}, err
	}
	out := Understood{Counts: counts[:], Least: appliance.LeastRatings}
	for _, n := range counts {
		out.Rated += n
	}
	return out, nil
}
