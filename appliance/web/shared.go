package web

import (
	"context"
	"slices"
	"strconv"

	"harmonium/appliance"
	"harmonium/appliance/store"
)

// SharedResults is what somebody sees of the results of a session who is no member of it: nothing that one person said,
// nothing that rests on fewer people than the session's minimum.
type SharedResults struct {
	SessionID appliance.SessionID `json:"session_id"`
	Topic     string              `json:"topic"`
	Host      string              `json:"host" doc:"Who asks"`
	Language  appliance.Language  `json:"language" doc:"Of topic, summary and questions"`
	Minimum   int                 `json:"minimum" doc:"Nothing here rests on fewer people; results come in steps of at least as many"`
	People    int                 `json:"people" doc:"Whose conversations are counted; 0 while there are too few, and then there is nothing else"`
	Tabs      []appliance.Tab     `json:"tabs" doc:"What is shown to who asks"`
	MadeBy    string              `json:"made_by" doc:"Who wrote the summary: rules, or the name of a model; empty without one"`
	Summary   []SharedSection     `json:"summary"`
	Themes    []SharedTheme       `json:"themes"`
	Answers   []SharedAnswers     `json:"answers"`
}

// SharedSection is a part of the summary.
type SharedSection struct {
	Title     string   `json:"title"`
	Sentences []string `json:"sentences"`
}

// SharedTheme is a theme of which at least the minimum of people speak.
type SharedTheme struct {
	Title  string `json:"title"`
	People int    `json:"people" doc:"Of those who are counted"`
}

// SharedAnswers counts what was answered to one question.
type SharedAnswers struct {
	Question string         `json:"question"`
	Type     string         `json:"type" enum:"single,multiple,rating,ranking"`
	Answered int            `json:"answered" doc:"People who chose something"`
	Options  []SharedOption `json:"options" doc:"Of a rating the numbers from 1"`
	Mean     float64        `json:"mean" doc:"Of a rating; 0 where it would tell what is hidden"`
}

// SharedOption counts the answers that name one option.
type SharedOption struct {
	Label string  `json:"label"`
	Count *int    `json:"count" nullable:"true" doc:"Null where so few people chose it, or did not, that it would tell of them"`
	Place float64 `json:"place" doc:"Of a ranking: the mean place, from 1"`
}

// notShared is said of a session that is not there, and of one that shows who asks nothing.
func notShared() error {
	return appliance.Errorf(appliance.CodeNotFound, "There are no results to see here, or not yet for you.")
}

// getSharedResults tells what a session shows to everybody; to somebody who took part and has finished, what it shows to
// its participants.
func (a *API) getSharedResults(ctx context.Context, in *JoinPath) (*Output[SharedResults], error) {
	s, err := a.Store.Session(ctx, in.SessionID)
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		return nil, notShared()
	} else if err != nil {
		return nil, err
	}
	to, err := a.audienceOf(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	tabs := s.Visibility.SharedWith(to)
	if len(tabs) == 0 || s.Status == appliance.SessionDraft {
		return nil, notShared()
	}
	host, err := a.hostName(ctx, s)
	if err != nil {
		return nil, err
	}
	group := s.Visibility.Group()
	shared, err := store.Keep(ctx, a.Store, page{name: "shared", n: group}, []appliance.SessionID{s.ID},
		func() (store.Shared, error) { return a.Store.Shared(ctx, s.ID, group) })
	if err != nil {
		return nil, err
	}
	out := SharedResults{SessionID: s.ID, Topic: s.Brief.Topic, Host: host, Language: s.Language, Minimum: group,
		People: shared.People, Tabs: tabs, Summary: []SharedSection{}, Themes: []SharedTheme{}, Answers: []SharedAnswers{}}
	if slices.Contains(tabs, appliance.TabSummary) && len(shared.Sections) > 0 {
		out.MadeBy = shared.Maker.By
		for _, section := range shared.Sections {
			out.Summary = append(out.Summary, SharedSection(section))
		}
	}
	if slices.Contains(tabs, appliance.TabThemes) {
		for _, theme := range shared.Themes {
			out.Themes = append(out.Themes, SharedTheme(theme))
		}
	}
	if slices.Contains(tabs, appliance.TabResponses) {
		out.Answers = sharedAnswers(shared, group)
	}
	return &Output[SharedResults]{out}, nil
}

// audienceOf says as whom the caller is shown the results of a session.
func (a *API) audienceOf(ctx context.Context, id appliance.SessionID) (appliance.ResultsVisibility, error) {
	seat := callerOf(ctx).Seat
	if seat.ParticipantID == "" || seat.SessionID != id {
		return appliance.ResultsPublic, nil
	}
	c, err := a.Store.Conversation(ctx, seat.ConversationID)
	if err != nil || c.State != appliance.ConversationFinished {
		return appliance.ResultsPublic, err
	}
	return appliance.ResultsParticipants, nil
}

// sharedAnswers gives the answers to the questions of the form and to those with a control that enough people answered,
// without the figures that would tell of few.
func sharedAnswers(s store.Shared, group int) []SharedAnswers {
	out := []SharedAnswers{}
	for _, c := range s.Choices {
		if c.People < group {
			continue
		}
		answers := SharedAnswers{Question: c.Text, Type: string(appliance.ControlSingle), Answered: c.People}
		switch c.Type {
		case appliance.FieldMultiple:
			answers.Type = string(appliance.ControlMultiple)
		case appliance.FieldRating:
			answers.Type = string(appliance.ControlRating)
		}
		counts := c.Shares(group)
		for i, o := range c.Options {
			answers.Options = append(answers.Options, SharedOption{Label: o.Text, Count: told(counts[i])})
		}
		out = append(out, answers)
	}
	for _, t := range s.Tallies {
		if t.Answered >= group {
			out = append(out, sharedTally(t, group))
		}
	}
	return out
}

func sharedTally(t appliance.Tally, group int) SharedAnswers {
	out := SharedAnswers{Question: t.Question, Type: string(t.Control.Type), Answered: t.Answered, Options: make([]SharedOption, len(t.Options))}
	counts := t.Shares(group)
	for i := range t.Options {
		if t.Control.Type == appliance.ControlRating {
			out.Options[i].Label = strconv.Itoa(i + 1)
		} else {
			out.Options[i].Label = t.Control.Options[i]
		}
	}
	switch t.Control.Type {
	case appliance.ControlRanking:
		for i, o := range t.Options {
			out.Options[i].Place = o.Place
		}
	case appliance.ControlRating:
		if !slices.Contains(counts, appliance.Hidden) {
			out.Mean = t.Mean()
		}
	}
	for i, n := range counts {
		out.Options[i].Count = told(n)
	}
	return out
}

// told gives a figure, nil where it is hidden.
func told(n int) *int {
	if n == appliance.Hidden {
		return nil
	}
	return &n
}
