package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
	"harmonium/appliance/tabular"
)

// InsightFilter says which conversations are wanted in a table of answers.
type InsightFilter struct {
	Insight  appliance.InsightID    `query:"insight" maxLength:"40" doc:"Question that value, state and evidence are about"`
	Value    string                 `query:"value" maxLength:"200" doc:"That the answer has; of texts and lists, that it contains"`
	State    appliance.InsightState `query:"state" enum:"said,not_said,unsupported,failed" doc:"Of the answer"`
	Number   int                    `query:"number" doc:"Of the participant"`
	Evidence bool                   `query:"evidence" doc:"Only where words bear the answer out that may be shown"`
}

func (f InsightFilter) of(limit, offset int) store.InsightFilter {
	return store.InsightFilter{Definition: f.Insight, Value: f.Value, State: f.State, Number: f.Number, Evidence: f.Evidence,
		Limit: limit, Offset: offset}
}

// InsightRow is a conversation with its answers.
type InsightRow struct {
	ConversationID appliance.ConversationID              `json:"conversation_id"`
	Participant    string                                `json:"participant" doc:"Pseudonym; the title of the conversation where nobody joined"`
	Number         int                                   `json:"number" doc:"Of the participant in the session; 0 when there is none"`
	CreatedAt      Time                                  `json:"created_at"`
	Answers        map[appliance.InsightID]InsightAnswer `json:"answers" doc:"By question; one is missing where nothing was asked, or only a model can answer and none was there"`
}

// InsightAnswer is what a conversation answers to a question.
type InsightAnswer struct {
	State         appliance.InsightState `json:"state" enum:"said,not_said,unsupported,failed"`
	Values        []string               `json:"values" doc:"One text, yes or no, an option, a number, or the items of a list"`
	Number        *float64               `json:"number" nullable:"true"`
	Hidden        bool                   `json:"hidden" doc:"It counts, and may not be shown"`
	MadeBy        string                 `json:"made_by" doc:"rules, or the name of a model"`
	PromptVersion string                 `json:"prompt_version"`
	Version       int                    `json:"version" doc:"Of the question"`
	Run           int                    `json:"run" doc:"In which it was given"`
	Discarded     int                    `json:"discarded" doc:"Proposals that were left out"`
	Failure       string                 `json:"failure" doc:"Why it could not be asked"`
	Evidence      []InsightEvidence      `json:"evidence" doc:"The words that bear it out, as far as they may be shown"`
}

// InsightEvidence is a place that an answer rests on.
type InsightEvidence struct {
	Item int `json:"item" doc:"Of the values, from 0"`
	Quote
}

// insightRowOut is a row for who may read conversations whole, or else without what leads into this one.
func insightRowOut(language appliance.Language, r store.InsightRow, whole bool) InsightRow {
	out := InsightRow{ConversationID: r.ConversationID, Participant: synthesis.Pseudonym(language, r.Number, r.Title), Number: r.Number,
		CreatedAt: Time{r.CreatedAt}, Answers: make(map[appliance.InsightID]InsightAnswer, len(r.Answers))}
	for id, answer := range r.Answers {
		out.Answers[id] = insightAnswerOut(answer, whole)
	}
	if !whole {
		out.ConversationID = ""
	}
	return out
}

func insightAnswerOut(a store.ShownInsight, whole bool) InsightAnswer {
	out := InsightAnswer{State: a.State, Values: notNull(a.Value), Number: a.Number, Hidden: a.Hidden, MadeBy: a.Maker.By,
		PromptVersion: a.Maker.PromptVersion, Version: a.Version, Run: a.Run, Discarded: a.Discarded, Failure: a.Failure,
		Evidence: make([]InsightEvidence, len(a.Places))}
	for i, p := range a.Places {
		out.Evidence[i] = InsightEvidence{p.Item, quoteOut(p.CitedQuote).forReader(whole)}
	}
	return out
}

type insightTableInput struct {
	SessionPath
	Page
	InsightFilter
}

func (a *API) getInsightTable(ctx context.Context, in *insightTableInput) (*Output[List[InsightRow]], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	list, total, err := a.Store.InsightTable(ctx, in.ID, in.of(in.Limit, in.Offset))
	if err != nil {
		return nil, err
	}
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	out := List[InsightRow]{make([]InsightRow, len(list)), Pagination{total, in.Limit, in.Offset}}
	for i, r := range list {
		out.Data[i] = insightRowOut(s.Language, r, whole)
	}
	return &Output[List[InsightRow]]{out}, nil
}

// byteOrderMark has spreadsheets read a file as UTF-8.
const byteOrderMark = "\ufeff"

type insightsCSVInput struct {
	SessionPath
	InsightFilter
}

// getInsightsCSV gives the whole table as a file: for every question a column with the answer and one with the words that
// bear it out. No cell can become a formula.
func (a *API) getInsightsCSV(ctx context.Context, in *insightsCSVInput) (*FileOutput, error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	defined, rows, err := a.Store.ExportInsights(ctx, callerOf(ctx).By(), in.ID, in.of(-1, 0))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	say := func(key string) string { return synthesis.Say(s.Language, key, 0) }
	head := []string{say("col_participant"), say("export_conversations"), say("col_began")}
	for _, d := range defined {
		name := d.Ask.Name
		if name == "" {
			name = d.Ask.Question
		}
		head = append(head, name, name+" / "+say("col_words_said"))
	}
	w.Write(tabular.Row(head...))
	for _, r := range rows {
		conversation, began := string(r.ConversationID), r.CreatedAt.UTC().Format(timeLayout)
		if !whole {
			conversation = ""
		}
		if s.Anonymous { // when somebody came can tell who they are
			began = ""
		}
		cells := tabular.Row(synthesis.Pseudonym(s.Language, r.Number, r.Title), conversation, began)
		for _, d := range defined {
			cells = append(cells, insightCells(r.Answers[d.ID])...)
		}
		w.Write(cells)
	}
	w.Flush()
	return &FileOutput{"text/csv; charset=utf-8", `attachment; filename="insights.csv"`, b.Bytes()}, w.Error()
}

// insightCells gives the cells of an answer and of its evidence. What may only be counted is an empty cell.
func insightCells(a store.ShownInsight) []string {
	value := tabular.Cell(strings.Join(a.Value, "; "))
	if a.Number != nil {
		value = tabular.Number(*a.Number)
	}
	words := make([]string, len(a.Places))
	for i, p := range a.Places {
		words[i] = p.Span.Text
	}
	return []string{value, tabular.Cell(strings.Join(words, "\n"))}
}

// InsightDifference is what differs between the answers of two runs.
type InsightDifference struct {
	From    int            `json:"from"`
	To      int            `json:"to"`
	Same    int            `json:"same" doc:"Conversations that answer as before"`
	Changed []InsightDelta `json:"changed"`
}

// InsightDelta is a conversation that answers otherwise.
type InsightDelta struct {
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Participant    string                   `json:"participant" doc:"Pseudonym"`
	Number         int                      `json:"number"`
	Before         *InsightAnswer           `json:"before,omitempty" doc:"Left out where there was no answer"`
	After          *InsightAnswer           `json:"after,omitempty"`
}

type compareInsightsInput struct {
	InsightPath
	From int `query:"from" minimum:"1" required:"true" doc:"The earlier run"`
	To   int `query:"to" minimum:"1" required:"true"`
}

func (a *API) compareInsights(ctx context.Context, in *compareInsightsInput) (*Output[InsightDifference], error) {
	s, err := a.Store.Session(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	d, err := a.Store.InsightDifference(ctx, in.ID, in.Insight, in.From, in.To)
	if err != nil {
		return nil, err
	}
	out := InsightDifference{From: in.From, To: in.To, Same: d.Same, Changed: make([]InsightDelta, len(d.Changed))}
	for i, c := range d.Changed {
		row := insightRowOut(s.Language, c.InsightRow, whole)
		delta := InsightDelta{ConversationID: row.ConversationID, Participant: row.Participant, Number: row.Number}
		for from, into := range map[*store.ShownInsight]**InsightAnswer{c.Before: &delta.Before, c.After: &delta.After} {
			if from != nil {
				answer := insightAnswerOut(*from, whole)
				*into = &answer
			}
		}
		out.Changed[i] = delta
	}
	return &Output[InsightDifference]{out}, nil
}
