package web

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"
	"strconv"

	"harmonium/appliance"
	"harmonium/appliance/intake"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

type importInput struct {
	Idempotent
	Name      string              `query:"name" maxLength:"200" doc:"Of the file: the topic of a new session where neither topic nor the file gives one"`
	SessionID appliance.SessionID `query:"session_id" maxLength:"40" doc:"The session that takes the conversations; left out, a new one is made. A whole session is always a new one"`
	ProjectID appliance.ProjectID `query:"project_id" maxLength:"40" doc:"The project of a new session"`
	Topic     string              `query:"topic" maxLength:"300" doc:"Of a new session, but for a whole one"`
	Goal      string              `query:"goal" maxLength:"2000" doc:"The same"`
	Language  appliance.Language  `query:"language" maxLength:"10" doc:"In which people speak; left out, the one that they are likely to"`
	Columns   []intake.Use        `query:"columns" maxItems:"200" doc:"Of a table: name, answer or skip for each column, with commas between; left out, as the box guesses"`
	Text      bool                `query:"text" doc:"These are the words of a conversation, also where nobody is named: each part between empty lines is a turn then. A table is one only where all rows have the same columns, at least two"`
	Turned    []string            `query:"turned" maxItems:"200" doc:"Numbers of speakers, as they are told, who do otherwise than their names tell: who only asks says something, and who says something only asks"`
	DryRun    bool                `query:"dry_run" doc:"Only say what would be stored"`
	RawBody   []byte              `contentType:"application/octet-stream" doc:"At most 64 MB: a session that was exported as JSON, Harmonica's export or responses, a conversation, or CSV with a first line that names its columns"`
}

// Imported is what a file has brought, or would bring.
type Imported struct {
	SessionID     *appliance.SessionID `json:"session_id" nullable:"true" doc:"null: it would be a new session"`
	Stored        bool                 `json:"stored"`
	Kind          intake.Kind          `json:"kind" enum:"session,conversations,table"`
	Topic         string               `json:"topic" doc:"Of a new session"`
	Language      appliance.Language   `json:"language"`
	Conversations int                  `json:"conversations"`
	People        int                  `json:"people"`
	Turns         int                  `json:"turns"`
	Words         int                  `json:"words" doc:"Of those who do not only ask"`
	Columns       []ImportColumn       `json:"columns" doc:"Of a table"`
	Speakers      []ImportSpeaker      `json:"speakers" doc:"Of conversations, in the order in which they begin to speak, at most 200; numbered from 0"`
	First         []ImportTurn         `json:"first" doc:"What is said first in the first conversation"`
	Notes         []ImportNote         `json:"notes" doc:"What is otherwise than in the file"`
}

// ImportColumn is a column of a table.
type ImportColumn struct {
	Head   string     `json:"head"`
	Use    intake.Use `json:"use" enum:"name,answer,skip"`
	Filled int        `json:"filled" doc:"Rows in which there is something"`
}

// ImportSpeaker is somebody who speaks in a file.
type ImportSpeaker struct {
	Name  string `json:"name" doc:"Empty where the file gives none"`
	Asks  bool   `json:"asks" doc:"What they say counts as nobody's words"`
	Turns int    `json:"turns"`
}

// ImportTurn is what somebody says in a file.
type ImportTurn struct {
	Speaker string `json:"speaker" doc:"Empty where the file gives no name, and in a whole session"`
	Asks    bool   `json:"asks"`
	Text    string `json:"text"`
}

// ImportNote says in what something is otherwise than in the file.
type ImportNote struct {
	Note  intake.Note `json:"note" enum:"silent,cleaned,times,untimed,report" doc:"silent: left out, since nobody says anything; cleaned: characters that are no text were taken out; times: turns that end before they begin have no end; untimed: turns with a time that cannot be read have none; report: it quotes what nobody says in the file, and is made anew"`
	Count int         `json:"count"`
}

// shownFirst is how many turns a preview shows.
const shownFirst = 6

// importFile stores what a file holds, or says what it would store.
func (a *API) importFile(ctx context.Context, in *importInput) (*Output[Imported], error) {
	if !a.importing.TryLock() {
		return nil, &appliance.Error{Code: appliance.CodeBusy, RetryAfter: 5,
			Message: "Another file is being brought in at this moment. Nothing was stored. Please try again in a moment."}
	}
	defer a.importing.Unlock()
	if err := a.Room.Admit(room.Extra); err != nil {
		return nil, err
	}
	read := intake.Read
	if in.Text {
		read = intake.ReadText
	}
	f, err := read(in.RawBody, in.Columns)
	if err != nil {
		return nil, err
	}
	turned, err := numbersIn(in.Turned)
	if err != nil {
		return nil, err
	}
	speakers, err := f.Speakers(turned)
	if err != nil {
		return nil, err
	}
	material, err := a.destination(ctx, in, f)
	if err != nil {
		return nil, err
	}
	out := importedOut(f, material, in.DryRun)
	for _, s := range speakers {
		out.Speakers = append(out.Speakers, ImportSpeaker(s))
	}
	if in.DryRun {
		return &Output[Imported]{out}, nil
	}
	once := in.once(ctx, "importFile", []any{in.SessionID, in.ProjectID, in.Topic, in.Goal, in.Language, in.Columns, in.Text, in.Turned, sha256.Sum256(in.RawBody)})
	id, err := a.Store.Import(ctx, callerOf(ctx).By(), once, material)
	if err != nil {
		return nil, err
	}
	out.SessionID, out.Stored = &id, true
	return &Output[Imported]{out}, nil
}

func numbersIn(turned []string) (list []int, err error) {
	for _, text := range turned {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, appliance.Invalid("turned", "These must be whole numbers. Nothing was stored.")
		}
		list = append(list, n)
	}
	return list, nil
}

// destination says where a file is to be stored, as far as the caller may.
func (a *API) destination(ctx context.Context, in *importInput, f intake.File) (m store.Import, err error) {
	if in.Language != "" && !in.Language.Spoken() {
		return m, appliance.Invalid("language", "The box does not know this language.")
	}
	if in.SessionID != "" {
		return a.intoSession(ctx, in, f)
	}
	if err := a.mayFill(ctx, in.ProjectID); err != nil {
		return m, err
	}
	m, err = f.NewSession(intake.New{Name: in.Name, Topic: in.Topic, Goal: in.Goal, Language: in.Language,
		Else: callerOf(ctx).Account.Language})
	m.Project = in.ProjectID
	return m, err
}

func (a *API) intoSession(ctx context.Context, in *importInput, f intake.File) (m store.Import, err error) {
	editor, err := a.edits(ctx, in.SessionID)
	if appliance.CodeOf(err) == appliance.CodeNotFound || err == nil && !editor {
		return m, appliance.Invalid("session_id", "There is no such session, or you are no editor of it. Nothing was stored.")
	} else if err != nil {
		return m, err
	}
	if f.Archive != nil {
		return m, appliance.Invalid("session_id", "This file is a whole session, which is always made anew. Nothing was stored. "+
			"Please bring it in from the list of sessions.")
	}
	g, err := a.Store.Guide(ctx, in.SessionID, 0)
	if err != nil {
		return m, err
	}
	m = f.Into(in.SessionID, g.Guide)
	for i := range m.Transcripts {
		if in.Language != "" {
			m.Transcripts[i].Language = in.Language
		}
	}
	return m, nil
}

func importedOut(f intake.File, m store.Import, dry bool) Imported {
	n := f.Count()
	out := Imported{SessionID: orNull(m.Into), Kind: f.Kind, Topic: m.Session.Brief.Topic, Language: m.Session.Language,
		Conversations: n.Conversations, People: n.People, Turns: n.Turns, Words: n.Words, Columns: []ImportColumn{}, Speakers: []ImportSpeaker{}, First: []ImportTurn{},
		Notes: []ImportNote{}}
	if m.Archive != nil {
		out.Topic, out.Language = m.Archive.Session.Topic, m.Archive.Session.Language
	}
	for _, c := range f.Columns {
		out.Columns = append(out.Columns, ImportColumn(c))
	}
	if dry {
		for _, u := range f.First(shownFirst) {
			out.First = append(out.First, ImportTurn{u.Speaker, u.Asks, u.Text})
		}
	}
	for _, note := range slices.Sorted(maps.Keys(f.Notes)) {
		out.Notes = append(out.Notes, ImportNote{note, f.Notes[note]})
	}
	return out
}
