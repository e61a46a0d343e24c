package web

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
	"harmonium/appliance/synthesis"
)

// SessionPath names a session.
type SessionPath struct {
	ID appliance.SessionID `path:"id" doc:"Id of the session" example:"hst_7k2m9q4x1c8v5b3n"`
}

// Report is the newest synthesis of a session, with every claim that it cites.
type Report struct {
	SessionID     appliance.SessionID         `json:"session_id"`
	Version       int                         `json:"version" doc:"From 1; every making is a version"`
	MadeBy        string                      `json:"made_by" doc:"rules, or the name of the model"`
	PromptVersion string                      `json:"prompt_version" doc:"Version of the rules or of the prompt"`
	CreatedAt     Time                        `json:"created_at"`
	Stale         bool                        `json:"stale" doc:"True while newer material waits to be written up"`
	Jobs          ReportJobs                  `json:"jobs"`
	Counts        appliance.ReportCounts      `json:"counts" doc:"Counted in the database"`
	Missing       []string                    `json:"missing" doc:"What could not be included, one sentence each"`
	Sections      []ReportSection             `json:"sections"`
	Claims        map[appliance.ClaimID]Claim `json:"claims" doc:"The claims that sentences cite, by id"`
}

// ReportJobs says what is being done about a session's results.
type ReportJobs struct {
	Waiting int `json:"waiting"`
	Running int `json:"running"`
	Failed  int `json:"failed"`
}

// ReportSection is a part of a report.
type ReportSection struct {
	Kind      appliance.SectionKind      `json:"kind" enum:"overview,topic,themes,tensions,minority,gaps,unheard"`
	TopicID   *appliance.TopicID         `json:"topic_id" nullable:"true"`
	Title     string                     `json:"title"`
	People    int                        `json:"people" doc:"Conversations that speak in this section"`
	Sentences []appliance.ReportSentence `json:"sentences"`
}

// Claim is one point drawn from a conversation.
type Claim struct {
	ID             appliance.ClaimID        `json:"id"`
	ConversationID appliance.ConversationID `json:"conversation_id" doc:"Empty for who may not read the conversation; of its quotes turn_id, before and after are then too"`
	Participant    string                   `json:"participant" doc:"Pseudonym"`
	Number         int                      `json:"number" doc:"Of the participant in the session; 0 when there is none"`
	TopicID        *appliance.TopicID       `json:"topic_id" nullable:"true"`
	Text           string                   `json:"text"`
	MadeBy         string                   `json:"made_by" doc:"rules, which take the words of the participant, or the name of the model"`
	Prompted       bool                     `json:"prompted" doc:"Rests only on what was said to an idea of others: it counts as no voice of its own"`
	Salience       float64                  `json:"salience" doc:"0 to 1: how much it stands out in its conversation"`
	Stance         appliance.Stance         `json:"stance" enum:"for,against,mixed,neutral" doc:"How it stands to what it is about"`
	Quotes         []Quote                  `json:"quotes"`
}

// Quote is a place at which a person's own words stand.
type Quote struct {
	TurnID appliance.TurnID `json:"turn_id"`
	Seq    int              `json:"seq" doc:"Number of the turn in its conversation, from 0"`
	Start  int              `json:"start" doc:"First byte of the words in the turn's content (UTF-8)"`
	End    int              `json:"end" doc:"Byte after the last of the words"`
	Text   string           `json:"text" doc:"The words: bytes start to end of the turn's content"`
	Before string           `json:"before" doc:"What stands before them, shortened"`
	After  string           `json:"after" doc:"What stands after them, shortened"`
	Method string           `json:"method" enum:"exact,normalised,snapped" doc:"How the words were found"`
}

func (a *API) getReport(ctx context.Context, in *SessionPath) (*Output[Report], error) {
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	return keep(ctx, a, page{name: "report", whole: whole}, in.ID, func() (Report, error) {
		r, err := a.Store.Results(ctx, in.ID)
		if err != nil {
			return Report{}, err
		}
		return reportOut(in.ID, r, whole), nil
	})
}

// page names what is put together of a session for who may read its conversations whole, or not.
type page struct {
	name    string
	whole   bool
	n       int  // of something that is asked for with it
	program bool // filled in by keep
}

// keep answers with what read puts together of a session, which is kept for as long as it holds (store.Keep). What read gives
// must depend on nothing of the caller that is not in p, but on whether it is a program (store.ForProgram).
func keep[T any](ctx context.Context, a *API, p page, id appliance.SessionID, read func() (T, error)) (*Output[T], error) {
	p.program = callerOf(ctx).Key != nil
	out, err := store.Keep(ctx, a.Store, p, []appliance.SessionID{id}, read)
	if err != nil {
		return nil, err
	}
	return &Output[T]{out}, nil
}

// reportOut gives a report; whole says that its reader may read the conversations.
func reportOut(id appliance.SessionID, r store.Results, whole bool) Report {
	out := Report{
		SessionID: id, Version: r.Report.Version, MadeBy: r.Report.Maker.By, PromptVersion: r.Report.Maker.PromptVersion,
		CreatedAt: Time{r.Report.CreatedAt}, Stale: r.Stale, Jobs: ReportJobs(r.Jobs), Counts: r.Report.Counts,
		Missing: synthesis.Missing(r), Sections: []ReportSection{}, Claims: make(map[appliance.ClaimID]Claim, len(r.Claims)),
	}
	for _, c := range r.Claims {
		out.Claims[c.ID] = claimOut(r.Language, c).forReader(whole)
	}
	for _, s := range r.Report.Body.Sections {
		section := ReportSection{s.Kind, orNull(s.TopicID), s.Title, s.People, []appliance.ReportSentence{}}
		for _, sentence := range s.Sentences {
			// What may only be counted is among what a sentence rests on, and not among what is shown.
			sentence.Claims = slices.DeleteFunc(sentence.Claims, func(id appliance.ClaimID) bool { return out.Claims[id].ID == "" })
			section.Sentences = append(section.Sentences, sentence)
		}
		out.Sections = append(out.Sections, section)
	}
	return out
}

func claimOut(language appliance.Language, c store.CitedClaim) Claim {
	out := Claim{
		ID: c.ID, ConversationID: c.ConversationID, Participant: synthesis.Pseudonym(language, c.Number, c.Title),
		Number: c.Number, TopicID: orNull(c.TopicID), Text: c.Text, MadeBy: c.Maker.By, Prompted: c.Prompted, Salience: c.Salience, Stance: c.Stance,
		Quotes: []Quote{},
	}
	for _, q := range c.Cited {
		out.Quotes = append(out.Quotes, quoteOut(q))
	}
	return out
}

func quoteOut(q store.CitedQuote) Quote {
	return Quote{
		TurnID: q.Span.TurnID, Seq: q.Seq, Start: q.Span.Start, End: q.Span.End, Text: q.Span.Text,
		Before: lastWords(q.Content[:q.Span.Start]), After: firstWords(q.Content[q.Span.End:]), Method: q.Method,
	}
}

// forReader leaves out what leads from a claim into its conversation, for who may not read that whole.
func (c Claim) forReader(whole bool) Claim {
	if whole {
		return c
	}
	c.ConversationID = ""
	for i, q := range c.Quotes {
		c.Quotes[i] = q.forReader(whole)
	}
	return c
}

// forReader leaves out where the words stand and what stands around them, for who may not read the conversation whole.
func (q Quote) forReader(whole bool) Quote {
	if !whole {
		q.TurnID, q.Before, q.After = "", "", ""
	}
	return q
}

// contextBytes is about how much of a turn is shown on each side of a quotation.
const contextBytes = 120

// lastWords gives the end of text, cut at a word, with an ellipsis where something was left out.
func lastWords(text string) string {
	if len(text) <= contextBytes {
		return text
	}
	start := len(text) - contextBytes
	for !utf8.RuneStart(text[start]) {
		start++
	}
	if i := strings.IndexByte(text[start:], ' '); i >= 0 {
		start += i
	}
	return "…" + text[start:]
}

// firstWords gives the beginning of text in the same manner.
func firstWords(text string) string {
	if len(text) <= contextBytes {
		return text
	}
	end := contextBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	if i := strings.LastIndexByte(text[:end], ' '); i >= 0 {
		end = i + 1
	}
	return text[:end] + "…"
}

// Job is a piece of background work.
type Job struct {
	ID             appliance.JobID           `json:"id"`
	Kind           appliance.JobKind         `json:"kind" doc:"digest: reads one conversation; report: writes the report; read: a model reads the session and writes the report; ideas: puts claims together into ideas for others; insights: asks what is asked of every conversation"`
	ConversationID *appliance.ConversationID `json:"conversation_id" nullable:"true"`
	State          appliance.JobState        `json:"state" enum:"queued,running,done,failed,cancelled"`
	Done           int                       `json:"done" doc:"Steps done"`
	Total          int                       `json:"total" doc:"Steps in all; 0 when not known yet"`
	Message        string                    `json:"message" doc:"Why it failed; empty otherwise"`
	CreatedAt      Time                      `json:"created_at"`
	FinishedAt     *Time                     `json:"finished_at" nullable:"true"`
}

func jobOut(j appliance.Job) Job {
	return Job{j.ID, j.Kind, orNull(j.ConversationID), j.State, j.Done, j.Total, j.Message, Time{j.CreatedAt}, timeOrNull(j.FinishedAt)}
}

// noteMaking tells the audit trail who has results made anew.
func (a *API) noteMaking(ctx context.Context, id appliance.SessionID) error {
	return a.Store.Note(ctx, callerOf(ctx).By(), "results.make", string(id))
}

// makeReport has the results brought up to date in the background, and answers with the job of the report.
func (a *API) makeReport(ctx context.Context, in *SessionPath) (*Output[Job], error) {
	if err := a.noteMaking(ctx, in.ID); err != nil {
		return nil, err
	}
	id, err := a.Synthesis.Later(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	job, err := a.Store.Job(ctx, id)
	if err != nil {
		return nil, err
	}
	return &Output[Job]{jobOut(job)}, nil
}

// shownJobs is how many jobs of a session are listed, the newest first.
const shownJobs = 50

type listJobsInput struct {
	SessionPath
	Page
}

func (a *API) listJobs(ctx context.Context, in *listJobsInput) (*Output[List[Job]], error) {
	jobs, err := a.Store.Jobs(ctx, in.ID, shownJobs)
	if err != nil {
		return nil, err
	}
	whole, err := a.opens(ctx, in.ID, appliance.TabResponses)
	if err != nil {
		return nil, err
	}
	out := make([]Job, len(jobs))
	for i, j := range jobs {
		if !whole {
			j.ConversationID = ""
		}
		out[i] = jobOut(j)
	}
	return &Output[List[Job]]{pageOf(out, in.Page)}, nil
}

type stopJobInput struct {
	SessionPath
	Job appliance.JobID `path:"job" doc:"Id of the job"`
}

func (a *API) stopJob(ctx context.Context, in *stopJobInput) (*Output[Job], error) {
	job, err := a.Store.StopJob(ctx, in.ID, in.Job)
	if err != nil {
		return nil, err
	}
	a.Hub.Publish(live.SessionTopic(in.ID), live.Event{Type: appliance.EventJobChanged, SessionID: in.ID, Job: &job})
	if err := a.Store.Note(ctx, callerOf(ctx).By(), "results.stop", string(in.ID)); err != nil {
		return nil, err
	}
	return &Output[Job]{jobOut(job)}, nil
}
