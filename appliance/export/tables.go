package export

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/paper"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// makers makes each table.
var makers = map[Table]func(*handout) paper.Table{
	Report:    (*handout).reportTable,
	Knowledge: (*handout).knowledgeTable,
	Themes:    (*handout).themesTable,
	Points:    (*handout).pointsTable,
	Insights:  (*handout).insightsTable,
	Choices:   (*handout).choicesTable,
	Form:      (*handout).formTable,
	People:    (*handout).peopleTable,
	Answers:   (*handout).answersTable,
}

// Tables lists the tables in the order of a workbook.
func Tables() []Table {
	return []Table{Report, Knowledge, Themes, Points, Insights, Choices, Form, People, Answers}
}

func (h *handout) csv() ([]byte, error) {
	table, ok := makers[h.request.Table]
	if !ok {
		return nil, noTable(h.request.Table)
	}
	content, err := paper.CSV(table(h))
	return append([]byte(paper.Mark), content...), err
}

func noTable(t Table) error {
	return appliance.Invalid("table", "%.20q is no table. Choose report, decisions, themes, points, insights, choices, form, people or answers.", string(t))
}

// tables lists those of a workbook that who asks may see.
func (h *handout) tables() []Table {
	return slices.DeleteFunc(Tables(), func(t Table) bool { return !h.opens(rests[t]...) })
}

func (h *handout) xlsx() ([]byte, error) {
	var list []paper.Table
	for _, name := range h.tables() {
		list = append(list, makers[name](h))
	}
	about := paper.Table{Title: h.say("export_about", 0), Columns: []string{h.Session.Brief.Topic},
		Rows: [][]paper.Cell{{h.say("export_lead", 0, "date", h.at.UTC().Format(time.DateOnly))}}}
	lines := h.about()
	if h.Results.Stale {
		lines = append([]string{h.say("export_stale", 0)}, lines...)
	}
	lines = append(synthesis.Missing(h.Results), lines...)
	if n := paper.Cut(list); n > 0 {
		lines = append(lines, h.say("export_cut", n, "n", n))
	}
	for _, line := range lines {
		about.Rows = append(about.Rows, []paper.Cell{line})
	}
	return paper.XLSX(h.Session.Brief.Topic, h.language, h.at, append([]paper.Table{about}, list...))
}

func (h *handout) reportTable() paper.Table {
	t := paper.Table{Title: h.say("export_report", 0),
		Columns: []string{h.say("col_section", 0), h.say("col_sentence", 0), h.say("col_rests", 0)}}
	for _, line := range synthesis.Missing(h.Results) { // what a reader has to know before the rest
		t.Rows = append(t.Rows, []paper.Cell{h.say("col_missing", 0), line, nil})
	}
	for _, s := range h.Results.Report.Body.Sections {
		for _, sentence := range s.Sentences {
			t.Rows = append(t.Rows, []paper.Cell{s.Title, sentence.Text, len(sentence.Claims)})
		}
	}
	return t
}

func (h *handout) pointsTable() paper.Table {
	t := paper.Table{Title: h.say("export_points", 0), Columns: []string{h.say("col_participant", 0), h.say("col_topic", 0),
		h.say("col_point", 0), h.say("col_words_said", 0), h.say("col_turn", 0), h.say("col_maker", 0)}}
	for _, c := range h.Claims {
		row := []paper.Cell{h.called(c.Number, c.Title), h.topics[c.TopicID], c.Text, nil, nil, c.Maker.By}
		if len(c.Cited) == 0 {
			t.Rows = append(t.Rows, row)
		}
		for _, q := range c.Cited { // each place in a row of its own
			said := slices.Clone(row)
			said[3], said[4] = q.Span.Text, q.Seq+1
			t.Rows = append(t.Rows, said)
		}
	}
	return t
}

func (h *handout) choicesTable() paper.Table {
	t := paper.Table{Title: h.say("tallies", 0), Columns: []string{h.say("col_question", 0), h.say("tally_option", 0), h.say("tally_count", 0),
		h.say("tally_place", 0), h.say("tally_first", 0), h.say("col_asked", 0)}}
	for _, tally := range h.Handout.Tallies {
		for i, o := range tally.Options {
			label := strconv.Itoa(i + 1)
			if i < len(tally.Control.Options) {
				label = tally.Control.Options[i]
			}
			row := []paper.Cell{tally.Question, label, o.Count, nil, nil, tally.Asked}
			if tally.Control.Type == appliance.ControlRanking {
				row[3], row[4] = o.Place, o.First
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// peopleTable has a row for each participant and a column for each question of the form that anybody was asked.
func (h *handout) peopleTable() paper.Table {
	t := paper.Table{Title: h.say("export_people", 0), Columns: []string{h.say("col_participant", 0), h.say("col_language", 0),
		h.say("col_finished", 0), h.say("export_answers", 0), h.say("col_words", 0), h.say("col_began", 0), h.say("col_last", 0)}}
	if h.named {
		t.Columns = append(t.Columns, h.say("col_email", 0))
	}
	fixed := len(t.Columns)
	places := map[appliance.FieldID]int{}
	for _, c := range h.Conversations {
		for _, a := range c.Answers {
			if _, there := places[a.FieldID]; !there && h.shows(a) {
				places[a.FieldID] = len(t.Columns)
				t.Columns = append(t.Columns, a.Text)
			}
		}
	}
	for _, c := range h.Conversations {
		for _, row := range h.peopleOf(c) {
			row = append(row, make([]paper.Cell, len(t.Columns)-fixed)...)
			for _, a := range c.Answers {
				if place, ok := places[a.FieldID]; ok && h.shows(a) {
					row[place] = h.answered(a)
				}
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// peopleOf gives the row of each participant of a conversation, without what was answered to the form.
func (h *handout) peopleOf(c store.HandedOut) (rows [][]paper.Cell) {
	finished := h.say("no", 0)
	if c.State == appliance.ConversationFinished {
		finished = h.say("yes", 0)
	}
	add := func(who string, turns, words int) {
		row := []paper.Cell{who, string(c.Language), finished, turns, words, h.time(c.CreatedAt), h.time(c.LastTurnAt)}
		if h.named {
			row = append(row, c.Email)
		}
		rows = append(rows, row)
	}
	if c.Number != 0 || len(c.Speakers) == 0 {
		add(h.of(c), c.Turns, c.Words)
		return rows
	}
	for _, k := range c.Speakers {
		turns, words := 0, 0
		for _, t := range c.Said {
			if t.Speaker == k.ID {
				turns, words = turns+1, words+appliance.Words(t.Content)
			}
		}
		if !k.Asks() {
			add(h.called(k.Number, c.Title), turns, words)
		}
	}
	return rows
}

// shows says whether answers to a question of the form are shown at all: an e-mail address is as good as a name.
func (h *handout) shows(a appliance.FormAnswer) bool {
	return h.named || a.Type != appliance.FieldEmail
}

// answered gives an answer to the form.
func (h *handout) answered(a appliance.FormAnswer) paper.Cell {
	text := strings.Join(a.Values, "; ")
	if a.Type == appliance.FieldConsent {
		return h.ticked(text)
	}
	if a.Type == appliance.FieldNumber || a.Type == appliance.FieldRating {
		if n, ok := appliance.ParseNumber(text); ok {
			return n
		}
	}
	return text
}

func (h *handout) answersTable() paper.Table {
	t := paper.Table{Title: h.say("export_answers", 0), Columns: []string{h.say("col_participant", 0), h.say("col_turn", 0),
		h.say("col_speaker", 0), h.say("col_topic", 0), h.say("col_text", 0), h.say("col_time", 0)}}
	missing := map[appliance.ConversationID]store.MeetingGaps{}
	for _, m := range h.Results.Gaps {
		missing[m.Conversation] = m
	}
	for _, c := range h.Conversations {
		gaps := missing[c.ID].Gaps
		for _, turn := range c.Said {
			for len(gaps) > 0 && gaps[0].StartMS <= turn.StartMS {
				t.Rows = append(t.Rows, h.gapRow(c, gaps[0]))
				gaps = gaps[1:]
			}
			t.Rows = append(t.Rows, []paper.Cell{h.of(c), turn.Seq + 1, h.speaker(c, turn), h.topics[turn.TopicID], turn.Content,
				h.time(turn.CreatedAt)})
		}
		for _, g := range gaps {
			t.Rows = append(t.Rows, h.gapRow(c, g))
		}
	}
	for _, m := range h.Results.Gaps {
		if m.Unheard != "" {
			t.Rows = append(t.Rows, []paper.Cell{m.Title, nil, h.say("col_missing", 0), nil, synthesis.MissingOf(h.language, m), nil})
		}
	}
	return t
}

// gapRow stands among the turns of a meeting, in the place of what is not in its transcript.
func (h *handout) gapRow(c store.HandedOut, g appliance.Segment) []paper.Cell {
	return []paper.Cell{h.of(c), nil, h.say("col_missing", 0), nil, synthesis.GapsOf(h.language, c.Title, []appliance.Segment{g}), nil}
}
