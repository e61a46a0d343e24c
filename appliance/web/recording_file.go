package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"harmonium/appliance"
	"harmonium/appliance/audio"
	"harmonium/appliance/store"
)

// isSoundFile says whether a request sends a file of sound up.
func isSoundFile(method, path string) bool {
	return method == http.MethodPost && strings.HasPrefix(path, "/api/v1/meetings/") && strings.HasSuffix(path, "/file")
}

// file adds an operation whose body is a file that is not held in memory. It reads its parameters itself.
func (r router) file(path, operation, summary string, fn http.HandlerFunc, params []*huma.Param) {
	r.note(http.MethodPost, path, operation)
	op := &huma.Operation{OperationID: operation, Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{tagOf(path)},
		Security: securityOf(operation), Parameters: params,
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{anyBytes: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}},
		Responses:   map[string]*huma.Response{}}
	schemas := r.huma.OpenAPI().Components.Schemas
	answers := func(code int, kind reflect.Type) {
		op.Responses[strconv.Itoa(code)] = &huma.Response{Description: http.StatusText(code),
			Content: map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(kind, true, "")}}}
	}
	answers(http.StatusOK, reflect.TypeFor[MeetingDetail]())
	for _, code := range []int{400, 401, 403, 404, 409, 413, 422, 500, 507} {
		answers(code, reflect.TypeFor[Problem]())
	}
	r.huma.OpenAPI().AddOperation(op)
	r.chi.Post(path, func(w http.ResponseWriter, req *http.Request) {
		ctx, err := r.api.allow(req, operation, func(name string) string { return chi.URLParam(req, name) })
		if err == nil {
			err = onlyKnown(req, params)
		}
		if err != nil {
			r.api.writeProblem(w, req, err)
			return
		}
		fn(w, req.WithContext(ctx))
	})
}

// onlyKnown refuses query parameters that an operation does not have.
func onlyKnown(req *http.Request, params []*huma.Param) error {
	var p appliance.Problems
	for key := range req.URL.Query() {
		known := false
		for _, one := range params {
			known = known || one.In == "query" && one.Name == key
		}
		if !known {
			p.Add("query."+key, "This field is not known here.")
		}
	}
	return p.Err()
}

func queryParam(name, kind, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: kind, Description: doc}}
}

func sendFileParams() []*huma.Param {
	return []*huma.Param{
		{Name: "id", In: "path", Required: true, Description: "Id of the meeting", Schema: &huma.Schema{Type: huma.TypeString}},
		queryParam("offset", huma.TypeInteger, "Where in the file this part begins: how many bytes are there (upload.bytes). Where it is another number, 409 tells the right one"),
		queryParam("last", huma.TypeBoolean, "This is the last part: the file is whole and becomes sound"),
	}
}

func sendMeetingParams() []*huma.Param {
	keyLength := 255
	return []*huma.Param{
		queryParam("title", huma.TypeString, "At most 200 characters"),
		queryParam("session_id", huma.TypeString, "That it belongs to; a session is made for it where this is left out"),
		queryParam("project_id", huma.TypeString, "Of that session"),
		queryParam("language", huma.TypeString, "In which people speak; that of the session when left out"),
		queryParam("keep", huma.TypeString, "How long the sound stays: text (as long as its text), days, transcript"),
		queryParam("keep_days", huma.TypeInteger, "With days"),
		{Name: "Idempotency-Key", In: "header", Description: "Repeating it within a day gives what the first request made",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &keyLength}},
	}
}

// sendFile takes a part of a file that may come in several, over connections that break.
func (a *API) sendFile(w http.ResponseWriter, r *http.Request) {
	id := appliance.ConversationID(chi.URLParam(r, "id"))
	q := r.URL.Query()
	offset, last := int64(0), q.Get("last") == "true"
	if text := q.Get("last"); text != "" && text != "true" && text != "false" {
		a.writeProblem(w, r, appliance.Invalid("query.last", "This must be true or false."))
		return
	}
	if text := q.Get("offset"); text != "" {
		var err error
		if offset, err = strconv.ParseInt(text, 10, 64); err != nil || offset < 0 {
			a.writeProblem(w, r, appliance.Invalid("query.offset", "This must be a whole number, 0 or more."))
			return
		}
	}
	err := a.appendFile(r.Context(), id, offset, r.Body, a.holds(r.Context(), r, "sendFile", string(id)))
	if err == nil && last {
		err = a.fileIsWhole(r.Context(), store.Once{}, id)
	}
	a.answerMeeting(w, r, id, err)
}

// sendMeeting takes a whole file at once. When it is refused nothing stays of it.
func (a *API) sendMeeting(w http.ResponseWriter, r *http.Request) {
	key := Idempotent{r.Header.Get("Idempotency-Key")}
	once := key.once(r.Context(), "sendMeeting", []any{r.URL.Query().Encode(), r.ContentLength}) // hours of sound are not read for it
	leave, err := a.sending.enter(r.Context(), once)
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	defer leave()
	if first, repeated, err := a.Store.Repeated(r.Context(), once); err != nil || repeated {
		if err == nil { // whoever may not send to it any more is not told of it either
			err = a.holds(r.Context(), r, "sendFile", first)()
		}
		a.answerMeeting(w, r, appliance.ConversationID(first), err)
		return
	}
	body := bufio.NewReaderSize(r.Body, audio.HeadSize)
	id, err := a.meetingOfFile(r, body)
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	if err = a.appendFile(r.Context(), id, 0, body, a.holds(r.Context(), r, "sendFile", string(id))); err == nil {
		err = a.fileIsWhole(r.Context(), once, id)
	}
	if err != nil {
		a.forgetMeeting(context.WithoutCancel(r.Context()), id)
	}
	a.answerMeeting(w, r, id, err)
}

func (a *API) meetingOfFile(r *http.Request, body *bufio.Reader) (appliance.ConversationID, error) {
	q := r.URL.Query()
	m := MeetingRequest{SessionID: appliance.SessionID(q.Get("session_id")), ProjectID: appliance.ProjectID(q.Get("project_id")),
		Title: q.Get("title"), Language: appliance.Language(q.Get("language")), Keep: appliance.Keep(q.Get("keep")), Provider: appliance.ProvidedUpload}
	switch m.Keep {
	case "", appliance.KeepWithText, appliance.KeepForDays, appliance.KeepUntilHeard:
	default:
		return "", appliance.Invalid("query.keep", "This must be one of: text, days, transcript.")
	}
	if text := q.Get("keep_days"); text != "" {
		var err error
		if m.KeepDays, err = strconv.Atoi(text); err != nil || m.KeepDays < 0 || m.KeepDays > 36500 {
			return "", appliance.Invalid("query.keep_days", "This must be a whole number from 0 to 36500.")
		}
	}
	head, err := body.Peek(audio.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", bodyError(err)
	}
	if err := soundProblem(head); err != nil {
		return "", err
	}
	return a.newMeeting(r.Context(), m, store.Once{})
}

// soundProblem refuses a file that is none of the kinds that the box reads.
func soundProblem(head []byte) error {
	_, err := audio.FormatOf(head)
	var problem audio.Problem
	if errors.As(err, &problem) {
		return appliance.Errorf(appliance.CodeUnprocessable, "%s Nothing was stored.", problem.Words())
	}
	return err
}

func (a *API) appendFile(ctx context.Context, id appliance.ConversationID, offset int64, body io.Reader, holds func() error) error {
	_, err := a.Store.AppendUpload(ctx, id, offset, body, func() error {
		if full := a.roomForSound(); full != nil {
			return appliance.Errorf(appliance.CodeStorage, "The disk of the box is nearly full, and what is left is kept for conversations. What has come of "+
				"the file is kept: delete what is no longer needed, then go on from there.")
		}
		return holds()
	})
	var large *http.MaxBytesError
	var known *appliance.Error
	if err != nil && !errors.As(err, &known) && (errors.As(err, &large) || errors.Is(err, io.ErrUnexpectedEOF) || ctx.Err() != nil) {
		return bodyError(err)
	}
	return err
}

// fileIsWhole has a file become sound, when it is of a kind that the box reads.
func (a *API) fileIsWhole(ctx context.Context, once store.Once, id appliance.ConversationID) error {
	var head []byte
	f, err := a.Store.OpenUpload(id)
	if err == nil {
		defer f.Close()
		head, err = io.ReadAll(io.LimitReader(f, audio.HeadSize))
	}
	if err != nil {
		return err
	}
	if err := soundProblem(head); err != nil {
		return errors.Join(err, a.Store.DropUpload(id))
	}
	return a.Store.DecodeUpload(ctx, callerOf(ctx).By(), once, id)
}

// forgetMeeting removes a meeting whose file was refused, with the session that was made for it.
func (a *API) forgetMeeting(ctx context.Context, id appliance.ConversationID) {
	c, err := a.Store.Conversation(ctx, id)
	if err != nil {
		return
	}
	_, total, err := a.Store.Conversations(ctx, c.SessionID, store.Page{Limit: 1})
	if s, sessionErr := a.Store.Session(ctx, c.SessionID); err == nil && sessionErr == nil && total == 0 && s.Status == appliance.SessionDraft &&
		s.CreatedAt.Equal(c.CreatedAt) {
		_, err = a.Store.DeleteSession(ctx, callerOf(ctx).By(), c.SessionID)
	} else {
		_, err = a.Store.EraseConversation(ctx, callerOf(ctx).By(), id)
	}
	if err != nil {
		a.Log.WarnContext(ctx, "a meeting whose file was refused is left", "err", err)
	}
}

func (a *API) answerMeeting(w http.ResponseWriter, r *http.Request, id appliance.ConversationID, err error) {
	var out *Output[MeetingDetail]
	if err == nil {
		out, err = a.meeting(r.Context(), id)
	}
	if err != nil {
		a.writeProblem(w, r, err)
		return
	}
	a.recordingChanged(r.Context(), id, true)
	a.writeJSON(w, out.Body)
}

// problemOf says what was wrong with a file, by its code; "" for a code that is none of those.
func problemOf(code string) string {
	if code == store.ProblemAbandoned {
		return "The rest of this file has not come for a week. What had come of it was removed; send the file anew."
	}
	return audio.Problem(code).Words()
}
