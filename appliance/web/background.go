package web

import (
	"context"
	"crypto/sha256"

	"harmonium/appliance"
	"harmonium/appliance/document"
	"harmonium/appliance/facilitation"
	"harmonium/appliance/inference"
	"harmonium/appliance/room"
)

// Handbook is what every facilitator of the box should know.
type Handbook struct {
	Text string `json:"text" maxLength:"10000" doc:"How the organisation works, what its words mean; empty for none"`
}

func (a *API) getHandbook(ctx context.Context, _ *None) (*Output[Handbook], error) {
	text, _, err := a.Store.Handbook(ctx)
	return &Output[Handbook]{Handbook{text}}, err
}

// setHandbook puts a text in the place of the handbook. Conversations that go on are led with it from their next turn on.
func (a *API) setHandbook(ctx context.Context, in *Input[Handbook]) (*Output[Handbook], error) {
	if err := a.Store.SetHandbook(ctx, callerOf(ctx).By(), document.Passages(in.Body.Text)); err != nil {
		return nil, err
	}
	return a.getHandbook(ctx, nil)
}

// Background is a piece of what the facilitator of a session should know.
type Background struct {
	ID            appliance.BackgroundID   `json:"id"`
	Kind          appliance.BackgroundKind `json:"kind" enum:"handbook,file,results"`
	Name          string                   `json:"name" doc:"Of the file, or the topic of the other session; empty for the handbook"`
	Format        string                   `json:"format" enum:"txt,md,docx,pdf," doc:"Of the file; empty otherwise"`
	FromSessionID *appliance.SessionID     `json:"from_session_id" nullable:"true" doc:"Whose results"`
	Characters    int                      `json:"characters" doc:"Of its text as it is now"`
	Tokens        int                      `json:"tokens" doc:"About, of the whole text"`
	Told          facilitation.How         `json:"told" enum:"whole,lookup,begin,nothing,to_come" doc:"How much of it the model is told: all in every turn; passages that have to do with the turn; the beginning; nothing for want of room; nothing as there are no results yet"`
	TokensTold    int                      `json:"tokens_told" doc:"About, in the prompt of every turn"`
	CreatedAt     Time                     `json:"created_at"`
}

// Backgrounds is all that the facilitator of a session should know.
type Backgrounds struct {
	Data       []Background `json:"data" doc:"In the order in which there is room for them; the handbook first"`
	TokensTold int          `json:"tokens_told" doc:"About, of all of them in the prompt of every turn"`
	TokensMax  int          `json:"tokens_max" doc:"About, how many there is room for"`
	Context    int          `json:"context" doc:"Tokens that a prompt and its answer may have in all"`
}

func (a *API) listBackground(ctx context.Context, in *SessionPath) (*Output[Backgrounds], error) {
	list, err := a.Store.Backgrounds(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := Backgrounds{Data: make([]Background, 0, len(list)), TokensMax: inference.Tokens(facilitation.MaxTold), Context: inference.Context}
	for _, t := range facilitation.Tell(list) {
		b := Background{ID: t.ID, Kind: t.Kind, Name: t.Name, Format: t.Format, FromSessionID: orNull(t.From), Characters: t.Characters,
			Tokens: inference.Tokens(t.Background.Bytes), Told: t.How, TokensTold: inference.Tokens(t.Bytes), CreatedAt: Time{t.CreatedAt}}
		out.TokensTold += b.TokensTold
		out.Data = append(out.Data, b)
	}
	return &Output[Backgrounds]{out}, nil
}

type addFileInput struct {
	SessionPath
	Idempotent
	Name    string `query:"name" required:"true" minLength:"1" maxLength:"200" doc:"Of the file; its end says the format: .md, .txt, .pdf, .docx"`
	RawBody []byte `contentType:"application/octet-stream" doc:"The file, at most 10 MB"`
}

// addBackgroundFile reads a file and keeps its text, as long as the box has room for more than conversations. The file
// itself is not kept.
func (a *API) addBackgroundFile(ctx context.Context, in *addFileInput) (*Output[Backgrounds], error) {
	if err := a.Room.Admit(room.Extra); err != nil {
		return nil, err
	}
	format, text, err := a.Documents.Text(ctx, in.Name, in.RawBody)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(in.RawBody)
	b := appliance.Background{SessionID: in.ID, Name: in.Name, Format: string(format), FileSHA256: sum[:]}
	once := in.once(ctx, "addBackgroundFile", []any{in.ID, in.Name, sum[:]})
	if _, err := a.Store.AddFile(ctx, callerOf(ctx).By(), once, b, document.Passages(text)); err != nil {
		return nil, err
	}
	return a.listBackground(ctx, &in.SessionPath)
}

// ResultsRequest names the session whose results are to be known.
type ResultsRequest struct {
	SessionID appliance.SessionID `json:"session_id" minLength:"1" maxLength:"40"`
}

type addResultsInput struct {
	SessionPath
	Idempotent
	Body ResultsRequest
}

// addBackgroundResults lets the facilitator know the results of another session, which the caller must see.
func (a *API) addBackgroundResults(ctx context.Context, in *addResultsInput) (*Output[Backgrounds], error) {
	role, err := a.Store.RoleOnSession(ctx, callerOf(ctx).Account.ID, in.Body.SessionID)
	if appliance.CodeOf(err) == appliance.CodeNotFound || err == nil && role == appliance.RoleNone {
		return nil, appliance.Invalid("session_id", "There is no such session, or you may not see it.")
	}
	if err == nil {
		err = a.seesTab(ctx, role, string(in.Body.SessionID), appliance.TabSummary)
	}
	if err == nil {
		_, err = a.Store.AddResults(ctx, callerOf(ctx).By(), in.once(ctx, "addBackgroundResults", []any{in.ID, in.Body}), in.ID, in.Body.SessionID)
	}
	if err != nil {
		return nil, err
	}
	return a.listBackground(ctx, &in.SessionPath)
}

// BackgroundPath names a piece of what the facilitator of a session should know.
type BackgroundPath struct {
	SessionPath
	Item appliance.BackgroundID `path:"item" maxLength:"40"`
}

// BackgroundText is the text of a piece.
type BackgroundText struct {
	Text string `json:"text" doc:"As the model reads it"`
}

func (a *API) getBackground(ctx context.Context, in *BackgroundPath) (*Output[BackgroundText], error) {
	text, err := a.Store.BackgroundText(ctx, in.ID, in.Item)
	return &Output[BackgroundText]{BackgroundText{text}}, err
}

func (a *API) deleteBackground(ctx context.Context, in *BackgroundPath) (*Output[Backgrounds], error) {
	if err := a.Store.DeleteBackground(ctx, callerOf(ctx).By(), in.ID, in.Item); err != nil {
		return nil, err
	}
	return a.listBackground(ctx, &in.SessionPath)
}

// BackgroundOrder is an order of all pieces but the handbook.
type BackgroundOrder struct {
	IDs []appliance.BackgroundID `json:"ids" maxItems:"25" doc:"The most important first"`
}

type orderBackgroundInput struct {
	SessionPath
	Body BackgroundOrder
}

func (a *API) orderBackground(ctx context.Context, in *orderBackgroundInput) (*Output[Backgrounds], error) {
	if err := a.Store.OrderBackgrounds(ctx, callerOf(ctx).By(), in.ID, in.Body.IDs); err != nil {
		return nil, err
	}
	return a.listBackground(ctx, &in.SessionPath)
}
