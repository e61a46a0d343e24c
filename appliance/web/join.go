package web

import (
	"cmp"
	"context"
	"errors"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/guide"
	"harmonium/appliance/room"
	"harmonium/appliance/store"
)

// failedCodes is how many wrong codes may come from one address. Two open sessions among 2^30 codes are found after
// years at that pace, and a room full of people behind one address may mistype.
var failedCodes = auth.Limit{Window: 10 * time.Minute, Max: 60, Free: 40}

type codeInput struct {
	Code string `query:"code" required:"true" maxLength:"40" doc:"As typed; case, spaces and dashes do not matter"`
}

// FoundSession is where a short code leads.
type FoundSession struct {
	SessionID appliance.SessionID `json:"session_id"`
}

// findByCode looks a short code up. Only codes that fail are limited: a whole room may share one address.
func (a *API) findByCode(ctx context.Context, in *codeInput) (*Output[FoundSession], error) {
	address := callerOf(ctx).Address
	if wait := a.codes.Begin(address); wait > 0 {
		return nil, auth.TooOften(wait)
	}
	session, err := a.Store.SessionByCode(ctx, appliance.CleanJoinCode(in.Code))
	if appliance.CodeOf(err) == appliance.CodeNotFound {
		a.codes.Wrong(address)
		return nil, err
	}
	a.codes.Right(address, false)
	if err != nil {
		return nil, err
	}
	return &Output[FoundSession]{FoundSession{session.ID}}, nil
}

// Welcome is what somebody reads before joining a session.
type Welcome struct {
	SessionID      appliance.SessionID     `json:"session_id"`
	State          appliance.SessionStatus `json:"state" enum:"draft,open,closed" doc:"An archived session is closed here"`
	Topic          string                  `json:"topic"`
	Host           string                  `json:"host" doc:"Who asks"`
	WelcomeMessage string                  `json:"welcome_message"`
	ConsentText    string                  `json:"consent_text"`
	Minutes        int                     `json:"minutes" doc:"Expected length"`
	Languages      []appliance.Language    `json:"languages" doc:"That one can choose from"`
	Language       appliance.Language      `json:"language" doc:"Of the session and of the texts here"`
	Anonymous      bool                    `json:"anonymous" doc:"No name or e-mail address is asked for or kept"`
	Fields         []FormField             `json:"fields" doc:"The form; empty unless the session is open"`
	Guided         bool                    `json:"guided" doc:"The facilitator goes by rules, without a model"`
	QuestionsCount int                     `json:"questions_count" doc:"Questions of the guide, without follow-ups"`
	WhoMayJoin     appliance.Access        `json:"who_may_join" enum:"link,code,invitation,account"`
	Entry          Entry                   `json:"entry" enum:"free,code,invitation,used,revoked,unknown,log_in,joined" doc:"What stands between whoever asks and joining: nothing; the short code; an invitation, for none was sent, or it was used, taken back, or is not known; a log-in; that the account has joined already"`
	HTTPS          bool                    `json:"https" doc:"The box is reached over HTTPS too: browsers keep no log-in without"`
	AccountName    string                  `json:"account_name" doc:"As whom the caller would join a session for accounts; empty without a log-in"`
}

// Entry is what stands between somebody and joining a session.
type Entry string

// What may stand there.
const (
	EntryFree       Entry = "free"
	EntryCode       Entry = "code"
	EntryInvitation Entry = "invitation"
	EntryUsed       Entry = "used"
	EntryRevoked    Entry = "revoked"
	EntryUnknown    Entry = "unknown"
	EntryLogIn      Entry = "log_in"
	EntryJoined     Entry = "joined"
)

// JoinPath names a session to take part in.
type JoinPath struct {
	SessionID appliance.SessionID `path:"session_id" doc:"Id of the session"`
}

type welcomeInput struct {
	JoinPath
	Invitation string `header:"Invitation" maxLength:"100" doc:"The secret of an invitation, from behind the # of its link"`
}

func (a *API) getWelcome(ctx context.Context, in *welcomeInput) (*Output[Welcome], error) {
	session, err := a.Store.Session(ctx, in.SessionID)
	if err != nil {
		return nil, err
	}
	version, err := a.Store.Guide(ctx, session.ID, session.GuideVersion)
	if err != nil {
		return nil, err
	}
	host, err := a.hostName(ctx, session)
	if err != nil {
		return nil, err
	}
	leads, err := a.facilitatedBy(ctx, session.ID)
	if err != nil {
		return nil, err
	}
	voice, err := a.hears(ctx, session.ID)
	if err != nil {
		return nil, err
	}
	w := Welcome{
		SessionID: session.ID, State: session.Status, Topic: session.Brief.Topic, Host: host,
		WelcomeMessage: session.WelcomeMessage, ConsentText: consentText(session, voice), Minutes: version.Guide.Minutes(),
		Languages: appliance.ConversationLanguages(), Language: session.Language, Anonymous: session.Anonymous, Fields: []FormField{},
		Guided: leads == appliance.MadeByRules, QuestionsCount: len(version.Guide.Topics), WhoMayJoin: session.WhoMayJoin,
		HTTPS: a.Network.Secure(),
	}
	if w.Entry, w.AccountName, err = a.entry(ctx, session, in.Invitation); err != nil {
		return nil, err
	}
	if w.WelcomeMessage == "" {
		w.WelcomeMessage = guide.Welcome(session.Language)
	}
	switch session.Status {
	case appliance.SessionArchived:
		w.State = appliance.SessionClosed
	case appliance.SessionOpen:
		form, err := a.Store.Form(ctx, session.ID)
		if err != nil {
			return nil, err
		}
		w.Fields = fieldsOut(form.For(session.Anonymous))
	}
	return &Output[Welcome]{w}, nil
}

// entry says what stands between the caller and joining, and as whom they would join a session for accounts.
func (a *API) entry(ctx context.Context, s appliance.Session, invitation string) (e Entry, name string, err error) {
	switch s.WhoMayJoin {
	case appliance.AccessCode:
		return EntryCode, "", nil
	case appliance.AccessInvitation:
		if invitation == "" {
			return EntryInvitation, "", nil
		}
		state, err := a.Store.InvitationState(ctx, s.ID, appliance.Secret(invitation).Hash())
		return entryOf(state), "", err
	case appliance.AccessAccount:
		account := loggedInAs(ctx)
		if account.ID == "" {
			return EntryLogIn, "", nil
		}
		joined, err := a.Store.AccountJoined(ctx, s.ID, account.ID)
		if joined {
			return EntryJoined, account.Name, err
		}
		return EntryFree, account.Name, err
	}
	return EntryFree, "", nil
}

// entryOf says what the state of an invitation means to who brings it.
func entryOf(state store.InvitationState) Entry {
	switch state {
	case store.InvitationGood:
		return EntryFree
	case store.InvitationUsed:
		return EntryUsed
	case store.InvitationRevoked:
		return EntryRevoked
	}
	return EntryUnknown
}

// loggedInAs gives the account whose person sits in front of the browser; a key is no person.
func loggedInAs(ctx context.Context) appliance.Account {
	if c := callerOf(ctx); c.Login.ID != "" {
		return c.Account
	}
	return appliance.Account{}
}

// hostName says who asks, as participants read it.
func (a *API) hostName(ctx context.Context, s appliance.Session) (string, error) {
	if s.Host != "" {
		return s.Host, nil
	}
	return a.Store.AccountName(ctx, s.CreatedBy)
}

// consentText is what participants of a session agree to. Its last paragraphs say what becomes of what they speak, where
// answers can be spoken (voice), and how words may be used of somebody who chooses nothing.
func consentText(s appliance.Session, voice bool) string {
	text := cmp.Or(s.ConsentText, guide.Consent(s.Language))
	if voice {
		text += "\n\n" + guide.Voice(s.Language)
	}
	return text + "\n\n" + usesText(s)
}

// usesText says how words may be used of somebody who chooses nothing.
func usesText(s appliance.Session) string {
	text := guide.Uses(s.Language, s.DefaultUse)
	if s.CrossPollination {
		text += "\n\n" + guide.Shared(s.Language)
	}
	return text
}

// JoinRequest is the form of somebody who joins.
type JoinRequest struct {
	Name       string                         `json:"name,omitempty" maxLength:"100"`
	Email      string                         `json:"email,omitempty" maxLength:"254"`
	Language   appliance.Language             `json:"language" doc:"One of the languages of the welcome"`
	Consent    bool                           `json:"consent" doc:"Must be true: agreed to consent_text"`
	Answers    map[appliance.FieldID][]string `json:"answers,omitempty" doc:"By id of the question; several values for a multiple choice only"`
	Code       string                         `json:"code,omitempty" maxLength:"40" doc:"The short code, where the session asks for it"`
	Invitation string                         `json:"invitation,omitempty" maxLength:"100" doc:"The secret of an invitation, from behind the # of its link"`
}

type joinInput struct {
	JoinPath
	Idempotent
	Body JoinRequest
}

// Joined is a participant's way back to the conversation. The token is shown this once.
type Joined struct {
	Token          string                   `json:"token"`
	ParticipantID  appliance.ParticipantID  `json:"participant_id"`
	ConversationID appliance.ConversationID `json:"conversation_id"`
	ReturnURL      string                   `json:"return_url" doc:"Private: whoever has it is this participant"`
}

// join takes somebody into a session. Repeating an Idempotency-Key gives the same participant a new token, since the
// first one never arrived.
func (a *API) join(ctx context.Context, in *joinInput) (*Output[Joined], error) {
	if seat := callerOf(ctx).Seat; seat.ParticipantID != "" && seat.SessionID == in.SessionID {
		return nil, appliance.Errorf(appliance.CodeConflict,
			"You have joined this session already. Nothing was changed; open your private link to go on.")
	}
	session, err := a.Store.Session(ctx, in.SessionID)
	if err != nil {
		return nil, err
	}
	answers, err := a.checkJoin(ctx, session, in.Body)
	if err != nil {
		return nil, err
	}
	by, err := a.admission(ctx, session, &in.Body)
	if err != nil {
		return nil, err
	}
	voice, err := a.hears(ctx, session.ID)
	if err != nil {
		return nil, err
	}
	once := in.once(ctx, "join", in.Body)
	once.Actor = store.JoinActor(session.ID)
	token := appliance.NewSecret("")
	joined, err := a.takeIn(ctx, store.Joining{
		Participant: appliance.Participant{
			SessionID: session.ID, Name: in.Body.Name, Email: in.Body.Email, Language: in.Body.Language,
			Origin: appliance.OriginLink, ConsentText: consentText(session, voice), ConsentedAt: a.Clock(), Answers: answers,
		},
		TokenHash: token.Hash(),
		By:        by,
		Once:      once,
	})
	if err != nil {
		return nil, err
	}
	a.began(joined.Seat)
	return &Output[Joined]{Joined{string(token), joined.ParticipantID, joined.ConversationID,
		a.returnURL(session.ID, string(token))}}, nil
}

// admission gives what lets the caller in, and takes it out of the request, so that the request that is noted to recognise
// its repetition tells nothing of an invitation. Only wrong codes are limited: a whole room may share one address. Where
// accounts join, the name is the account's.
func (a *API) admission(ctx context.Context, s appliance.Session, in *JoinRequest) (store.Admission, error) {
	by := store.Admission{Code: appliance.CleanJoinCode(in.Code)}
	if in.Invitation != "" {
		by.Invitation = appliance.Secret(in.Invitation).Hash()
	}
	in.Code, in.Invitation = "", ""
	if s.Status != appliance.SessionOpen {
		return by, nil
	}
	switch s.WhoMayJoin {
	case appliance.AccessAccount:
		account := loggedInAs(ctx)
		by.Account, in.Name = account.ID, account.Name
	case appliance.AccessCode:
		address := callerOf(ctx).Address
		if wait := a.codes.Begin(address); wait > 0 {
			return by, auth.TooOften(wait)
		}
		if by.Code != s.JoinCode {
			a.codes.Wrong(address)
			return by, store.WrongCode()
		}
		a.codes.Right(address, false)
	}
	return by, nil
}

// takeIn has somebody join, as long as the box has room for new conversations. All who join come through here.
func (a *API) takeIn(ctx context.Context, j store.Joining) (store.Joined, error) {
	if err := a.Room.Admit(room.Conversation); err != nil {
		return store.Joined{}, err
	}
	return a.Store.Join(ctx, j)
}

// checkJoin finds everything that is wrong with what somebody filled in. A session that is not open needs no check: the
// store refuses it in words.
func (a *API) checkJoin(ctx context.Context, s appliance.Session, in JoinRequest) ([]appliance.FormAnswer, error) {
	if s.Status != appliance.SessionOpen {
		return nil, nil
	}
	form, err := a.Store.Form(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var p appliance.Problems
	appliance.CheckLine(&p, "name", in.Name, appliance.MaxName, false)
	appliance.CheckEmail(&p, "email", in.Email, false)
	if !in.Language.Spoken() {
		p.Add("language", "Please choose one of the languages that are offered.")
	}
	if !in.Consent {
		p.Add("consent", "Please agree before you begin, or close this page. Nothing was saved.")
	}
	answers, err := form.For(s.Anonymous).Check(in.Answers)
	var wrong *appliance.Error
	if errors.As(err, &wrong) {
		p = append(p, wrong.Fields...)
	}
	return answers, p.Err()
}

// began has the facilitator open a conversation and tells the host of it.
func (a *API) began(seat store.Seat) {
	a.Engine.Wake(seat.ConversationID)
	a.publish(seat, appliance.EventConversationStarted)
}

// returnURL is the private link by which a participant comes back. The token stands behind the #, which browsers do
// not send.
func (a *API) returnURL(session appliance.SessionID, token string) string {
	return joinURL(a.base(), session) + "#t=" + token
}
