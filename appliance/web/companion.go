package web

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
	"harmonium/appliance/companion"
	"harmonium/appliance/live"
	"harmonium/appliance/store"
)

// CompanionScope says over what the Companion is asked. At most one is named; none is everything that one may see.
type CompanionScope struct {
	ConversationID appliance.ConversationID `json:"conversation_id,omitempty"`
	SessionID      appliance.SessionID      `json:"session_id,omitempty"`
	ProjectID      appliance.ProjectID      `json:"project_id,omitempty"`
}

func (s CompanionScope) check() (appliance.CompanionScope, error) {
	scope := appliance.CompanionScope{ProjectID: s.ProjectID, SessionID: s.SessionID, ConversationID: s.ConversationID}
	for _, one := range []appliance.CompanionScope{{}, {ProjectID: s.ProjectID}, {SessionID: s.SessionID}, {ConversationID: s.ConversationID}} {
		if one == scope {
			return scope, nil
		}
	}
	return scope, appliance.Invalid("session_id", "Name one conversation, one session or one project, or none of them. Nothing was asked.")
}

// CompanionRequest asks the first question of a thread.
type CompanionRequest struct {
	CompanionScope
	Question string `json:"question" maxLength:"1000"`
}

// CompanionQuestion asks a further one.
type CompanionQuestion struct {
	Question string `json:"question" maxLength:"1000"`
}

// CompanionThreadItem is a thread as lists show it.
type CompanionThreadItem struct {
	ID appliance.ThreadID `json:"id"`
	CompanionScope
	Question  string `json:"question" doc:"The first one"`
	Questions int    `json:"questions"`
	CreatedAt Time   `json:"created_at"`
	UpdatedAt Time   `json:"updated_at"`
}

// CompanionThread is a row of questions with their answers. Only who asked sees it.
type CompanionThread struct {
	CompanionThreadItem
	Answers []CompanionAnswer `json:"answers"`
}

// CompanionAnswer is one question with what was answered, as far as the caller may see it now.
type CompanionAnswer struct {
	ID            appliance.AnswerID      `json:"id"`
	Question      string                  `json:"question"`
	State         appliance.AnswerState   `json:"state" enum:"asked,answered,stopped,interrupted"`
	Outcome       appliance.AnswerOutcome `json:"outcome" enum:",sentences,passages,none" doc:"Empty until it is known"`
	Why           string                  `json:"why" doc:"Why no model has answered, or why its answer broke off; empty when neither"`
	Ahead         *int                    `json:"ahead" nullable:"true" doc:"Others whose turn at the model comes before; null when it does not wait"`
	Seconds       int                     `json:"seconds" doc:"Expected until the model begins; 0 when that is not known"`
	Parts         []CompanionPart         `json:"parts"`
	Refused       int                     `json:"refused" doc:"Sentences of the model that did not pass and are not shown"`
	NewestOnly    bool                    `json:"newest_only" doc:"The words are so common that only the newest turns with them were looked at"`
	MadeBy        string                  `json:"made_by" doc:"rules, or the name of the model; empty until it is known"`
	PromptVersion string                  `json:"prompt_version"`
	PinnedIn      *appliance.SessionID    `json:"pinned_in" nullable:"true" doc:"Stands among the insights of this session"`
	CreatedAt     Time                    `json:"created_at"`
	AnsweredAt    *Time                   `json:"answered_at" nullable:"true"`
}

// CompanionPart is a sentence with its sources, or a passage.
type CompanionPart struct {
	Kind      appliance.PartKind  `json:"kind" enum:"sentence,passage,gone,hidden" doc:"gone: what it rested on was erased or may not be used any more; hidden: it is left out, or the caller may not see it now"`
	Text      string              `json:"text" doc:"Of a sentence; the words of a passage stand in its citation"`
	Citations []CompanionCitation `json:"citations"`
}

// CompanionCitation is a place at which the words stand that a part rests on.
type CompanionCitation struct {
	SessionID      appliance.SessionID      `json:"session_id"`
	Topic          string                   `json:"topic" doc:"Of the session"`
	ConversationID appliance.ConversationID `json:"conversation_id"`
	Participant    string                   `json:"participant" doc:"Pseudonym, or the title of a conversation without participant"`
	TurnID         appliance.TurnID         `json:"turn_id"`
	Seq            int                      `json:"seq" doc:"Number of the turn in its conversation, from 0"`
	Start          int                      `json:"start" doc:"First byte of the words in the turn's content (UTF-8)"`
	End            int                      `json:"end" doc:"Byte after the last of the words"`
	Text           string                   `json:"text"`
	Before         string                   `json:"before" doc:"What stands before them, shortened"`
	After          string                   `json:"after" doc:"What stands after them, shortened"`
}

func scopeOut(s appliance.CompanionScope) CompanionScope {
	return CompanionScope{ConversationID: s.ConversationID, SessionID: s.SessionID, ProjectID: s.ProjectID}
}

func threadItemOut(l store.CompanionListing) CompanionThreadItem {
	return CompanionThreadItem{l.ID, scopeOut(l.Scope), l.Question, l.Questions, Time{l.CreatedAt}, Time{l.UpdatedAt}}
}

func (a *API) threadOut(h appliance.CompanionThread) *Output[CompanionThread] {
	out := CompanionThread{CompanionThreadItem{h.ID, scopeOut(h.Scope), "", len(h.Answers), Time{h.CreatedAt}, Time{h.UpdatedAt}}, companionAnswersOut(h.Answers)}
	if n := len(h.Answers); n > 0 {
		out.Question = h.Answers[0].Question
		if p, waits := a.Companion.Waiting(h.ID); waits && h.Answers[n-1].State == appliance.AnswerAsked {
			out.Answers[n-1].Ahead, out.Answers[n-1].Seconds = &p.Ahead, int(p.Expect.Seconds())
		}
	}
	return &Output[CompanionThread]{out}
}

func companionAnswersOut(answers []appliance.CompanionAnswer) []CompanionAnswer {
	list := make([]CompanionAnswer, len(answers))
	for i, a := range answers {
		out := CompanionAnswer{ID: a.ID, Question: a.Question, State: a.State, Outcome: a.Outcome, Why: a.Why, Refused: a.Refused,
			NewestOnly: a.Newest, MadeBy: a.Maker.By, PromptVersion: a.Maker.PromptVersion, PinnedIn: orNull(a.PinnedIn),
			CreatedAt: Time{a.CreatedAt}, AnsweredAt: timeOrNull(a.AnsweredAt), Parts: make([]CompanionPart, len(a.Parts))}
		for j, p := range a.Parts {
			out.Parts[j] = CompanionPart{p.Kind, p.Text, make([]CompanionCitation, len(p.Citations))}
			for k, c := range p.Citations {
				out.Parts[j].Citations[k] = citationOut(c)
			}
		}
		list[i] = out
	}
	return list
}

func citationOut(c appliance.Citation) CompanionCitation {
	who := pseudonym(c.Number)
	if who == "" {
		who = c.Title
	}
	return CompanionCitation{SessionID: c.SessionID, Topic: c.Topic, ConversationID: c.ConversationID, Participant: who,
		TurnID: c.Span.TurnID, Seq: c.Seq, Start: c.Span.Start, End: c.Span.End, Text: c.Span.Text,
		Before: lastWords(c.Content[:c.Span.Start]), After: firstWords(c.Content[c.Span.End:])}
}

// ThreadPath names a thread of the Companion.
type ThreadPath struct {
	ID appliance.ThreadID `path:"id" doc:"Id of the thread"`
}

type listThreadsInput struct {
	Page
	ConversationID appliance.ConversationID `query:"conversation_id" doc:"Only threads over this conversation"`
	SessionID      appliance.SessionID      `query:"session_id" doc:"Only threads over this session"`
	ProjectID      appliance.ProjectID      `query:"project_id" doc:"Only threads over this project"`
}

// listThreads lists the caller's threads over what is named, or over everything where nothing is.
func (a *API) listThreads(ctx context.Context, in *listThreadsInput) (*Output[List[CompanionThreadItem]], error) {
	scope, err := CompanionScope{in.ConversationID, in.SessionID, in.ProjectID}.check()
	if err != nil {
		return nil, err
	}
	found, total, err := a.Store.CompanionThreads(ctx, callerOf(ctx).Account.ID, scope, store.Page{Limit: in.Limit, Offset: in.Offset})
	if err != nil {
		return nil, err
	}
	out := List[CompanionThreadItem]{make([]CompanionThreadItem, len(found)), Pagination{total, in.Limit, in.Offset}}
	for i, l := range found {
		out.Data[i] = threadItemOut(l)
	}
	return &Output[List[CompanionThreadItem]]{out}, nil
}

type createThreadInput struct {
	Idempotent
	Body CompanionRequest
}

// createThread asks the first question. The answer is made after the request has its own.
func (a *API) createThread(ctx context.Context, in *createThreadInput) (*Output[CompanionThread], error) {
	scope, err := in.Body.check()
	if err != nil {
		return nil, err
	}
	h, fresh, err := a.Store.CreateCompanionThread(ctx, callerOf(ctx).By(), in.once(ctx, "createThread", in.Body), scope, in.Body.Question)
	if err != nil {
		return nil, err
	}
	return a.beginAnswer(h, fresh), nil
}

type askInput struct {
	ThreadPath
	Idempotent
	Body CompanionQuestion
}

func (a *API) askCompanion(ctx context.Context, in *askInput) (*Output[CompanionThread], error) {
	once := in.once(ctx, "askCompanion", []any{in.ID, in.Body})
	h, fresh, err := a.Store.AskCompanion(ctx, callerOf(ctx).By(), once, in.ID, in.Body.Question)
	if err != nil {
		return nil, err
	}
	return a.beginAnswer(h, fresh), nil
}

func (a *API) beginAnswer(h appliance.CompanionThread, fresh bool) *Output[CompanionThread] {
	if fresh {
		a.Companion.Answer(h)
	}
	return a.threadOut(h)
}

func (a *API) getThread(ctx context.Context, in *ThreadPath) (*Output[CompanionThread], error) {
	c := callerOf(ctx)
	h, err := a.Store.CompanionThread(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	a.Store.NoteView(ctx, c.By(), "thread.view", string(h.ID))
	return a.threadOut(h), nil
}

// stopAnswer ends the answer that is being made. What is there of it stays.
func (a *API) stopAnswer(ctx context.Context, in *ThreadPath) (*struct{}, error) {
	if _, err := a.Store.CompanionThread(ctx, callerOf(ctx).Account.ID, in.ID); err != nil {
		return nil, err
	}
	a.Companion.Stop(in.ID)
	return nil, nil
}

func (a *API) deleteThread(ctx context.Context, in *ThreadPath) (*struct{}, error) {
	if err := a.Store.DeleteCompanionThread(ctx, callerOf(ctx).By(), in.ID); err != nil {
		return nil, err
	}
	a.Companion.Stop(in.ID)
	return nil, nil
}

// getThreadMD exports a thread, which the audit trail notes.
func (a *API) getThreadMD(ctx context.Context, in *ThreadPath) (*MarkdownOutput, error) {
	c := callerOf(ctx)
	h, err := a.Store.CompanionThread(ctx, c.Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Store.Note(ctx, c.By(), "thread.export", string(h.ID)); err != nil {
		return nil, err
	}
	return &MarkdownOutput{"text/markdown; charset=utf-8", []byte(companion.Markdown(h, c.Account.Language))}, nil
}

// AnswerPath names an answer of the Companion.
type AnswerPath struct {
	ID appliance.AnswerID `path:"id" doc:"Id of the answer"`
}

// pinAnswer has one of the caller's answers stand among the insights of the session that it rests on.
func (a *API) pinAnswer(ctx context.Context, in *AnswerPath) (*struct{}, error) {
	return nil, a.Store.PinAnswer(ctx, callerOf(ctx).By(), in.ID)
}

// unpinAnswer takes anybody's answer away from there.
func (a *API) unpinAnswer(ctx context.Context, in *AnswerPath) (*struct{}, error) {
	return nil, a.Store.UnpinAnswer(ctx, callerOf(ctx).By(), in.ID)
}

func (a *API) getPinned(ctx context.Context, in *SessionPath) (*Output[[]CompanionAnswer], error) {
	list, err := a.Store.PinnedAnswers(ctx, callerOf(ctx).Account.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return &Output[[]CompanionAnswer]{companionAnswersOut(list)}, nil
}

// liveThread is the socket of who follows a thread: each event says that the thread is to be read again.
func (a *API) liveThread(w http.ResponseWriter, r *http.Request) {
	id := appliance.ThreadID(chi.URLParam(r, "id"))
	account := callerOf(r.Context()).Account.ID
	there := func(ctx context.Context) error {
		_, err := a.Store.CompanionThread(ctx, account, id)
		return err
	}
	if err := there(r.Context()); err != nil {
		a.writeProblem(w, r, err)
		return
	}
	s := a.upgrade(w, r)
	if s == nil {
		return
	}
	r = r.WithContext(context.WithoutCancel(r.Context())) // the request ends when it becomes a socket
	s.check = func() error {
		if _, err := a.allow(r, "liveThread", func(string) string { return "" }); err != nil {
			return err
		}
		return there(context.Background())
	}
	s.account = account
	go s.guard(func() { s.run(live.ThreadTopic(id), "") })
}
