package web

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"strings"

	"harmonium/appliance"
	"harmonium/appliance/export"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// Minutes is what one meeting comes to: by rules, so that all of it stands where it was said, and a summary that a model has worded.
type Minutes struct {
	Worded    *MinutesWorded   `json:"worded,omitempty" doc:"A summary that a model has worded, as a proposal; left out where none was asked"`
	Summary   []MinutedWords   `json:"summary" doc:"The most telling sentences, in the order in which they were said"`
	Decisions []MinutedWords   `json:"decisions"`
	Actions   []MinutedAction  `json:"actions"`
	Questions []MinutedWords   `json:"questions" doc:"That nobody has answered"`
	Terms     []MinutedTerm    `json:"terms" doc:"What comes up most"`
	Gaps      []TranscriptHole `json:"gaps" doc:"Of these parts of the recording nothing stands in the transcript"`
}

// MinutesWorded is a summary in the words of a model. Every sentence rests on places where something was said.
type MinutesWorded struct {
	Sentences     []WordedSentence `json:"sentences" doc:"None where failed"`
	MadeBy        string           `json:"made_by" doc:"Name of the model"`
	PromptVersion string           `json:"prompt_version" doc:"Of what it was told"`
	Dropped       int              `json:"dropped" doc:"Sentences that were left out because they rested on nothing that was said, or broke another rule"`
	Failed        bool             `json:"failed" doc:"It gave nothing of use, so that the summary by rules stands alone"`
}

// WordedSentence is one sentence of it.
type WordedSentence struct {
	Text string         `json:"text"`
	Said []MinutedWords `json:"said" doc:"The words on which it rests"`
}

// MinutedWords is something that was said, and where.
type MinutedWords struct {
	Text    string           `json:"text"`
	Turn    appliance.TurnID `json:"turn_id"`
	Seq     int              `json:"seq"`
	Start   int              `json:"start" doc:"First byte of the words in the turn's content (UTF-8)"`
	End     int              `json:"end"`
	StartMS int64            `json:"start_ms" doc:"Where the turn begins in the recording; 0 where there is none"`
}

// MinutedAction is what somebody is to do.
type MinutedAction struct {
	MinutedWords
	Owner string `json:"owner" doc:"A pseudonym, or the name where who asks may see it; empty where rules cannot tell"`
	Due   string `json:"due" doc:"As it was said; empty where nothing was"`
}

// MinutedTerm is a word that comes up often.
type MinutedTerm struct {
	Term  string `json:"term"`
	Count int    `json:"count"`
	Seq   int    `json:"seq" doc:"Of the turn in which it first comes up"`
}

// TranscriptHole is a part of a recording of which nothing stands in its transcript.
type TranscriptHole struct {
	StartMS int64                  `json:"start_ms"`
	EndMS   int64                  `json:"end_ms"`
	State   appliance.SegmentState `json:"state" enum:"inaudible,missing"`
}

func (a *API) getMinutes(ctx context.Context, in *MeetingPath) (*Output[Minutes], error) {
	m, err := a.Store.MeetingMaterial(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.showsNames(ctx, m.Conversation.SessionID)
	if err != nil {
		return nil, err
	}
	who, err := a.speakersOf(ctx, in.ID, names)
	if err != nil {
		return nil, err
	}
	return &Output[Minutes]{minutesOut(m, synthesis.MinutesOf(m), who)}, nil
}

func minutesOut(m store.MeetingMaterial, k synthesis.Minutes, who []Speaker) Minutes {
	out := Minutes{Summary: []MinutedWords{}, Decisions: []MinutedWords{}, Actions: []MinutedAction{}, Questions: []MinutedWords{},
		Terms: []MinutedTerm{}, Gaps: []TranscriptHole{}}
	starts, names := map[int]appliance.Turn{}, map[string]string{}
	for _, t := range m.Turns {
		starts[t.Seq] = t
	}
	for _, k := range who {
		names[synthesis.Pseudonym(m.Conversation.Language, k.Number, m.Conversation.Title)] = k.Name
	}
	words := func(list []synthesis.MinutedWords) (said []MinutedWords) {
		said = []MinutedWords{}
		for _, w := range list {
			said = append(said, MinutedWords{w.Span.Text, w.Span.TurnID, w.Seq, w.Span.Start, w.Span.End, starts[w.Seq].StartMS})
		}
		return said
	}
	at := func(text string, places []synthesis.Place) (MinutedWords, bool) {
		if len(places) == 0 {
			return MinutedWords{}, false
		}
		q := places[0].CitedQuote
		return MinutedWords{text, q.Span.TurnID, q.Seq, q.Span.Start, q.Span.End, starts[q.Seq].StartMS}, true
	}
	out.Summary, out.Questions = words(k.Summary), words(k.Questions)
	if by := k.Worded.Maker; by.By != "" {
		out.Worded = &MinutesWorded{Sentences: []WordedSentence{}, MadeBy: by.By, PromptVersion: by.PromptVersion, Dropped: k.Worded.Dropped, Failed: k.Worded.Failed}
		for _, s := range k.Worded.Sentences {
			of := WordedSentence{s.Text, []MinutedWords{}}
			for i := range s.Said {
				if w, ok := at(s.Said[i].Span.Text, s.Said[i:]); ok {
					of.Said = append(of.Said, w)
				}
			}
			out.Worded.Sentences = append(out.Worded.Sentences, of)
		}
	}
	for _, d := range k.Decisions {
		if w, ok := at(d.Description, d.Said); ok {
			out.Decisions = append(out.Decisions, w)
		}
	}
	for _, x := range k.Actions {
		if w, ok := at(x.Description, x.Said); ok {
			owner := x.Owner
			if name, known := names[owner]; known {
				owner = name
			}
			out.Actions = append(out.Actions, MinutedAction{w, owner, x.Due})
		}
	}
	for _, t := range k.Terms {
		out.Terms = append(out.Terms, MinutedTerm(t))
	}
	for _, g := range k.Gaps {
		out.Gaps = append(out.Gaps, TranscriptHole{g.StartMS, g.EndMS, g.State})
	}
	return out
}

type exportMinutesInput struct {
	MeetingPath
	Format export.Format `query:"format" required:"true" enum:"md,html,pdf,docx,json"`
	Names  bool          `query:"names" doc:"Names of those who speak, where the caller may see them"`
}

// exportMinutes gives the minutes of a meeting as a file.
func (a *API) exportMinutes(ctx context.Context, in *exportMinutesInput) (*FileOutput, error) {
	meeting, err := a.Store.Meeting(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	session := meeting.SessionID
	if whole, err := a.opens(ctx, session, appliance.TabResponses); err != nil {
		return nil, err
	} else if !whole {
		return nil, appliance.Errorf(appliance.CodeForbidden, "This file holds what was said, which you do not see in this session. No file was made.")
	}
	names := in.Names
	if names {
		if names, err = a.showsNames(ctx, session); err != nil {
			return nil, err
		}
		if !names {
			return nil, appliance.Errorf(appliance.CodeForbidden, "You may not see the names of those who speak. No file was made. Ask for it without names.")
		}
	}
	file, err := a.Exports.Minutes(ctx, callerOf(ctx).By(), export.MinutesRequest{Meeting: in.ID, Format: in.Format, Names: names,
		JSON: func(m store.MeetingMaterial, k synthesis.Minutes) ([]byte, error) {
			who, err := a.speakersOf(ctx, in.ID, names)
			if err != nil {
				return nil, err
			}
			return json.MarshalIndent(minutesOut(m, k, who), "", " ")
		}})
	if err != nil {
		return nil, err
	}
	return exported(file), nil
}

type exportCaptionsInput struct {
	MeetingPath
	Format string `query:"format" required:"true" enum:"srt,vtt"`
}

// exportCaptions gives a transcript with its times as captions, to be shown with its recording elsewhere.
func (a *API) exportCaptions(ctx context.Context, in *exportCaptionsInput) (*FileOutput, error) {
	m, err := a.Store.Meeting(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if m.Restricted.Forbid(appliance.NoExport) {
		return nil, appliance.Errorf(appliance.CodeForbidden, "The restrictions of this meeting forbid that it is handed out. No file was made.")
	}
	if whole, err := a.opens(ctx, m.SessionID, appliance.TabResponses); err != nil {
		return nil, err
	} else if !whole {
		return nil, appliance.Errorf(appliance.CodeForbidden, "This file holds what was said, which you do not see in this session. No file was made.")
	}
	names, err := a.showsNames(ctx, m.SessionID)
	if err != nil {
		return nil, err
	}
	who, err := a.speakersOf(ctx, in.ID, names)
	if err != nil {
		return nil, err
	}
	turns, err := a.Store.TurnsToHandOut(ctx, callerOf(ctx).By(), in.ID, "meeting.export."+in.Format)
	if err != nil {
		return nil, err
	}
	text := captions(in.Format, turns, who)
	if text == "" {
		return nil, appliance.Errorf(appliance.CodeUnprocessable, "No turn of this meeting has a time, so there is nothing to make captions of. No file was made.")
	}
	kind := map[string]string{"srt": "application/x-subrip", "vtt": "text/vtt"}[in.Format] + "; charset=utf-8"
	return &FileOutput{kind, mime.FormatMediaType("attachment", map[string]string{"filename": "meeting." + in.Format}), []byte(text)}, nil
}

// captions writes turns as SubRip or as WebVTT (W3C): a cue for each that has a time. "" when none has.
func captions(format string, turns []appliance.Turn, who []Speaker) string {
	called := map[appliance.SpeakerID]string{}
	for _, k := range who {
		called[k.ID] = k.Name
	}
	point, escape := ",", strings.NewReplacer("-->", "->")
	if format == "vtt" {
		point, escape = ".", strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	}
	var b strings.Builder
	n := 0
	for _, t := range turns {
		// An empty line would end the cue.
		text := strings.Join(strings.Fields(escape.Replace(t.Content)), " ")
		if t.EndMS <= t.StartMS || text == "" {
			continue
		}
		if n++; n == 1 && format == "vtt" {
			b.WriteString("WEBVTT\n\n")
		}
		fmt.Fprintf(&b, "%d\n%s --> %s\n", n, cueTime(t.StartMS, point), cueTime(t.EndMS, point))
		name := strings.Join(strings.Fields(escape.Replace(called[t.Speaker])), " ")
		if format == "vtt" {
			fmt.Fprintf(&b, "<v %s>%s\n\n", name, text)
		} else {
			fmt.Fprintf(&b, "%s: %s\n\n", name, text)
		}
	}
	return b.String()
}

func cueTime(ms int64, point string) string {
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, point, ms%1000)
}
